// Package worker does tasks that a BCP broker dispatches.
//
//	          socket                 Starts            go Handler(ctx, task)
//	broker <---------> Run's loop <---------> session       |      |
//	                      ^   \________ Stops: ctx is done _|      |
//	                      |                                        |
//	                      +---- mailbox: started, progress, ended -+
//
// A Worker registers under its name, calls the Handler for each attempt that it
// is given, in a goroutine of its own, and reports how it came out until the
// broker has acknowledged that. What the protocol wants is decided in package
// session; here are the socket, the clock and the goroutines.
//
// Run ends when its context does: the worker takes no more, lets finish what
// runs, hands back what does not finish in time, and says farewell.
//
// A broker that goes away stops nothing: attempts go on, and their outcomes are
// delivered when it is back. Config.StopOnLost says otherwise.
//
// Invariants:
//
//   - Whoever takes a turn holds the loop's lock: the goroutine that reads the socket,
//     for the messages that have come, or Run's, for all else. Both belong to the loop.
//   - Handlers never wait for the socket: what they say goes into the mailbox.
//   - An attempt is over when its Handler has returned, not before.
//
// errors.go says what a Handler can tell of a failure: of which sort it is, that another
// worker shall do the task, or that no further try can help. loop.go drives the
// session, task.go, progress.go, checkpoint.go and extend.go are
// what a Handler sees, farewell.go is the way out; worker/runner runs commands for
// cmd/bcp-worker.
package worker
