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
// There is no I/O, no clock and no goroutine here. The owner, which is package client or a
// simulator, brings the messages and the time, and carries out the Effects. Equal inputs
// give equal Effects.
//
// Invariants:
//
//   - Every request is sent again until it is answered: with each Welcome, and when the
//     answer is late, unless much still waits to leave this process. It keeps its number,
//     and a submit also keeps its key, so that it makes one task.
//   - Nothing but Hello and Leave is sent before the broker's Welcome.
//   - The end of a task is one Event for each tag that waits for it. Each Ended that
//     arrives is acknowledged, also a repetition.
//   - Only one Wait at a time asks for the end of a task, however many tags wait for it.
//   - When the broker has forgotten the session, or has been restarted, the session asks
//     for the end of every task that is still open.
package session
