// Package session is the worker's side of BCP/2 as a pure state machine.
//
//	Step(now, message)   Tick(now)      Open, Begun, Progress, Save, Extend, Ended,
//	        |               |           Drain, HandBack, Leave   (the owner's words)
//	        v               v                  v
//	+-------------------------------------------------------------+
//	| link: registering, registered, waiting                      |
//	| attempts: taken -> running -> ended -> (acknowledged: gone) |
//	+-------------------------------------------------------------+
//	                        |
//	                        v
//	Effects: Reconnect, Sends, Starts, Stops, Saves, Extended, Events
//
// There is no I/O, no clock, no goroutine and no randomness here. The owner, which is
// package worker or a simulator, brings the messages and the time, and carries out the
// Effects.
//
// The worker learns of an attempt by Dispatch and forgets it after OutcomeAck, and for no
// other reason. However often the connection breaks in between, each Register and each
// heartbeat lists all attempts that the worker has, and the broker compares.
//
// Invariants:
//
//   - An attempt is started at most once, and never after a newer attempt of the same task
//     was seen.
//   - Its outcome is decided once and sent again until it is acknowledged: with each
//     Welcome, and when the acknowledgement is late, unless much still waits to leave this
//     process.
//   - The outcome of an attempt that was stopped is not reported before the owner has said
//     that all of it is gone.
//   - Nothing but Register is sent while the broker does not know the worker.
//   - Tables are bounded, by tableSpare and fenceSize.
//
// Where things are:
//
//	link.go                      registration, heartbeats, silence
//	dispatch.go, table.go,       attempts come in; fence.go knows which are too old
//	    fence.go
//	progress.go, outcome.go      what is reported of them
//	checkpoint.go, extend.go,    states that are saved and time-outs that are changed, which
//	    errand.go                have the same way of asking until the broker has answered
//	resend.go                    what is said again, and when
//	stop.go, drain.go            an attempt is ended early; the worker leaves
package session
