// Package worker does tasks that a BCP broker dispatches.
//
//	w, err := worker.New(worker.Config{
//		Broker: "tcp://127.0.0.1:5555", Name: "node1", Services: []string{"hash"}, Slots: 4,
//		Handler: func(ctx context.Context, t *worker.Task) ([]byte, error) { return hash(t.Body) },
//	})
//	...
//	err = w.Run(ctx) // until ctx is done
//
// A Worker registers under its name and calls the Handler for each attempt that it is
// given, each in a goroutine of its own.
//
//	          socket                 Starts            go Handler(ctx, task)
//	broker <---------> the loop <---------> session         |      |
//	                      ^   \________ Stops: ctx is done _|      |
//	                      |                                        |
//	                      +---- mailbox: started, progress, ended -+
//
// It reports the outcome of each again and again until the broker has acknowledged it.
// Package session decides what the protocol asks for; this package has the socket, the
// clock and the goroutines.
//
// When Run's context ends, the worker takes no more tasks and lets those that run finish.
// It hands back those that do not finish in time, and says goodbye to the broker.
//
// A broker that goes away stops nothing: attempts go on, and their outcomes are delivered
// when it is back. Config.StopOnLost changes that.
//
// Invariants:
//
//   - The loop is not one goroutine but one lock. The goroutine that reads the socket
//     holds it while it handles messages, and Run's goroutine for everything else.
//   - Handlers never wait for the socket: what they say goes into the mailbox.
//   - An attempt is over when its Handler has returned, and not before.
//
// Where things are:
//
//	worker.go, config.go                     how a worker is made, run and set up
//	loop.go, mailbox.go, outbox.go           the loop, and what comes in and goes out
//	task.go, progress.go, checkpoint.go,     what a Handler sees and can say
//	    extend.go
//	errors.go                                the errors by which a Handler says that no other
//	                                         try can help, or that another worker shall do it
//	farewell.go                              the way out
//
// Package worker/runner runs commands, for cmd/bcp-worker.
package worker
