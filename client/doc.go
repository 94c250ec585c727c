// Package client submits tasks to a broker and waits for their ends.
//
//	c, err := client.Dial(ctx, "tcp://127.0.0.1:5555")
//	...
//	defer c.Close()
//	h, err := c.Submit(ctx, client.Task{Service: "hash", Body: []byte("hello")})
//	...
//	result, err := h.Wait(ctx)
//	fmt.Println(result.State, string(result.Body))
//
// A Client is one session with one broker, and many goroutines may use it.
//
//	callers' goroutines                    one goroutine               broker
//
//	Client.Submit, Query, ... ---queue---> session ---messages---> Dealer --->
//	Handle.Wait, answers <-----events----- session <--messages---- Dealer <---
//
// A goroutine of its own owns the socket, takes the calls in batches, and lets the session
// (package client/session) decide what is sent.
//
//	make tasks      Submit, SubmitAsync, SubmitBatch
//	one task        Wait, Query, Cancel, Hold, Release, Edit, Move, Retry, Drop
//	many tasks      Where and All, then a change of all that they mean
//	look            Find, Count, Explain, History, Members, QueueStats, Workers
//	limits          SetLimit, UnsetLimit, Limits
//
// Most calls that name a task by its ID have a twin that names it by its key: QueryKey,
// CancelKey and so on.
//
// While the broker is away, calls wait. When it is back, every request that has no answer
// is sent again, submits under the same key, and the client asks for the ends of all tasks
// that it waits for. Callers notice nothing but the delay.
//
// There is one exception. If the answer to a Hold, Release, Edit, Move or Retry of a task,
// or to a change of a limit, was lost, the change is made a second time. It then undoes what
// others have changed in between: a task that was released, and put aside again because its
// tries were used up, is released once more.
//
// A call that returns because its context ended has not been undone: the task may have been
// accepted all the same. To be certain, also after a restart of your program, give the task
// a Key of your own and submit it again under that key.
//
// Invariants:
//
//   - A handle returned by Submit names a task that is in the broker's journal.
//   - A handle is told one end, and the same one each time it is asked.
//   - At most MaxUnanswered requests are on their way; further callers wait.
//
// A refusal by the broker is a *wire.Error; a task that ended as failed or canceled is a
// *TaskError.
//
// What a client decides is in client/session; what a message means is in
// broker/wire/PROTOCOL.md.
package client
