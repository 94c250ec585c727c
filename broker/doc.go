// Package broker is the state machine that decides what becomes of tasks.
//
//	           Step(now, peer, message)   Tick(now)   Undelivered(now, send)
//	                      |                  |                 |
//	                      v                  v                 v
//	                +-----------------------------------------------+
//	Restore ------> | durable: tasks      volatile: workers,        |
//	(replay)        |   ^                 sessions, deadlines       |
//	                |   | apply(record)                             |
//	                +---|-------------------------------------------+
//	                    |                    |
//	                    +---- Effects: Records, then Sends
//	                                         |
//	                 commit the Records, and only then perform the Sends
//
// It is pure and deterministic: it does no I/O, starts no goroutine, reads no clock and
// draws no random number. Time and entropy come in as arguments, and equal inputs give
// equal outputs, byte for byte. What it wants done is in the Effects, which package
// broker/server carries out.
//
// Its state is of two kinds. Durable state is what the journal says of the tasks. Only
// apply changes it, at work and at replay alike. Volatile state is who is connected, who
// was heard when, how many slots are free, and which deadlines are set. It is empty after
// a restart and is built again from what the workers say that they run.
//
// Invariants:
//
//   - A task has at most one current attempt, and it ends once.
//   - Every message about an attempt carries its number. One about an attempt that is not
//     the current one changes nothing, and its answer (Stop or OutcomeAck) has a stale
//     worker stop.
//   - A dispatch takes a slot of its worker. The slot is free again only when the worker
//     has said that the attempt is over, or when the worker is known to be gone.
//
// # Where things are
//
// What goes in and comes out is in broker.go and effects.go, the settings in config.go, and
// the replay at a start in restore.go.
//
// Step finds the method for a message, and each message has a file of its own or shares
// one with its relatives:
//
//	submit.go, batch.go            new tasks, one by one or many in one commit
//	cancel.go, hold.go, edit.go    changes of a task, and resolve.go: retry and drop
//	change*.go                     one change of many tasks, and what it would do
//	ask.go, find.go, show.go       questions
//	limit.go, setting.go           limits that operators set, and how they are journaled
//	register.go, beat.go           workers come, say what they run, and leave (worker.go)
//	turned_away.go                 a worker that can't be registered is told so a little later
//	attempt.go, checkpoint.go      what workers report of an attempt, and extend.go
//	session.go, tell.go            clients, and what they are told until they confirm it
//	replay.go                      an operator has the broker look again at its tasks
//
// What happens to a task in the course of its life:
//
//	task.go, ids.go                the task, the apply of its records, how it is found; its ID
//	after.go                       it waits for other tasks
//	dispatch.go                    it is given to a worker
//	deadline.go, timers.go         its time-outs
//	fail.go, end.go                an attempt came to nothing; the task ends
//	reconcile.go                   what a worker runs is compared with the journal
//	forgotten.go                   what is known of a task that is no longer kept
//
// Which worker takes which task. It is known without going through all of them; crew.go
// draws how:
//
//	class.go, lane.go, queue.go    waiting tasks that are alike, and their order (sorted.go)
//	demand.go, obstacle.go         what a task asks of a worker; whether a worker has it
//	crew.go, line.go               workers that can take the same tasks, and whose turn it is
//	ranking.go, order.go           heaps, of lines and crews and others, and a walk through them
//	next.go                        what a worker with a free slot takes next
//	limiter.go, aside.go           limits, and the tasks that they keep waiting; bucket.go: rates
//
// Groups, tasks that stand for many members:
//
//	group*.go                      what arrays and broadcasts share; members that start late
//	awaited.go                     members that have not started, and that somebody waits for
//	all*.go, seat.go, away.go      broadcasts: whom they are for, and who stays away
//
// How millions of tasks find room, and what else is bounded:
//
//	fold.go, index.go              tasks that only wait take little memory
//	unused.go, digest.go           keys that are surely new; what a key stands for
//	space.go, heldback.go          a disk that fills up; sends that wait in the server
//
// What can be seen from outside: explain.go, rivals.go, inspect.go, limited.go, queue_stats.go
// and meter.go change nothing. Package broker/answer makes of them what is shown.
//
// For a new condition on which workers may take a task, add to demandKey; for one on when
// a task may go, add to classKey. The language of selectors and amounts is package
// journal/place.
package broker
