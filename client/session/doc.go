// Package session is a client's side of BCP/2 as a pure state machine.
//
//	Submit, SubmitBatch, Ask, Wait, Forget   Connected   Step(message)   Tick
//	              |                              |            |           |
//	              v                              v            v           v
//	   +------------------------------------------------------------------------+
//	   |  unanswered: requests, by number      tasks: accepted, end still to    |
//	   |  (resent until answered)              come (asked for until it comes)  |
//	   +------------------------------------------------------------------------+
//	              |
//	              v
//	   Effects: Sends to the broker, Events for the owner, Reconnect
//
//	   away --Connected--> greeting --Welcome--> open --silence--> away
//	                          ^                    |
//	                          +----UnknownPeer-----+
//	                               or Leave
//
// There is no I/O, no clock and no goroutine here: the owner (package client,
// or a simulator) brings the messages and the time, and performs the Effects.
// Equal inputs give equal Effects.
//
// Invariants:
//
//   - Every request is sent again until it is answered: with each Welcome, and when the
//     answer is late, though not while much waits to leave this process. It keeps its
//     number, and a submit also its key, so that it makes one task.
//   - One Wait at most asks again for the end of a task, however many wait for it.
//   - Nothing but Hello and Leave is sent before the broker's Welcome.
//   - The end of a task is an Event once for each tag that waits for it, and is
//     acknowledged each time that it arrives.
//   - When the broker has forgotten the session, or is another run of itself,
//     it is asked for the end of every task that is still open.
package session
