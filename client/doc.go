// Package client submits tasks to a broker and waits for their ends.
//
//	callers' goroutines                 one goroutine                  broker
//
//	Submit, SubmitAsync,  |
//	SubmitBatch ----------+
//	Cancel, Query, Wait --+--queue--> session --messages--> Dealer ------->
//	Hold, Release --------+
//	Edit, Move -----------+
//	Retry, Drop ----------+
//	Find, Count ----------+           session <--messages-- Dealer <-------
//	Explain, History -----+
//	Members --------------+
//	QueueStats, Workers --+
//	SetLimit, Limits -----+
//	Where, All -----------+
//	Handle.Wait <----- events ----------'
//
// A Client is one session with one broker. It may be used by many goroutines;
// one of its own owns the socket, takes calls in batches and lets the session
// (package client/session) decide what is sent. When the broker is away, calls
// wait: what was not answered is sent again when it is back, under the same
// key, and the ends of all open tasks are asked for. Nothing of that is seen
// outside but the time that it takes; but a Hold, Release, Edit, Move or Retry of a task, or a
// change of a limit, whose answer was lost is done once more then, over what others have
// changed meanwhile. So a task that was released, and put aside again when its tries were used
// up, is released again.
//
// A call that returns because its context ended has not been undone: the task
// may be accepted all the same. Give the task a Key of your own, and submit it
// again under that key, to be certain after a restart of your program.
//
// Invariants:
//
//   - A handle returned by Submit names a task that is in the broker's journal.
//   - A handle is told one end, and the same one each time it is asked.
//   - At most MaxUnanswered requests are on their way; then callers wait.
//
// A refusal is a *wire.Error; a task that did not end well is a *TaskError.
//
// What a client decides is in client/session; what a message means, in
// broker/wire/PROTOCOL.md.
package client
