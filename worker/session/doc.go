// Package session is the worker's side of BCP/2 as a state machine.
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
// The package is pure and deterministic: no I/O, no goroutine, no clock, no
// randomness. Package worker drives it with a socket and handlers, the
// simulator with virtual time.
//
// An attempt enters with Dispatch and leaves with OutcomeAck; nothing else
// makes the worker forget it. Whatever the connection does meanwhile, each
// Register and each beat says all that the worker has, and the broker compares.
//
// Invariants:
//
//   - An attempt is started at most once, and never after a newer attempt of
//     its task was seen.
//   - Its outcome is decided once and sent again until it is acknowledged: with each
//     Welcome, and when that is late, though not while much waits to leave this process.
//   - An attempt that was stopped is not reported before the owner said that
//     all of it is gone.
//   - Nothing but Register is sent while the broker does not know the worker.
//   - Tables are bounded, by tableSpare and fenceSize.
//
// link.go keeps the connection alive, dispatch.go takes attempts in, progress.go
// and outcome.go report them, checkpoint.go saves their states, extend.go
// changes their time-outs, both by errand.go, resend.go says what of all that is said
// again and when, stop.go ends them early, drain.go says farewell.
package session
