// Package answer makes what is shown of the broker's state: of what only its loop knows,
// and of the journal.
//
//	core (in the loop) ---> Explanation, QueueInfo, WorkerInfo ---+
//	                                                              +---> package view ---> JSON
//	journal (beside it) --> histories, members, oldest tasks -----+
//
// It is pure: the clock comes in as an argument. It runs beside the loop of package
// broker/server, and holds that up only for the moment in which it looks at the core.
//
// Invariants:
//
//   - What was seen in the loop is durable before it is shown: see Look.
//   - A task that the loop doesn't know any more has ended, and is read from the journal.
//   - A page is bounded, in items and in bytes. The next one begins behind it, whatever
//     has become of the tasks in between.
//
// fill.go answers the SHOW of BCP/2, with the same functions that the admin API calls. To
// show something new, add a case there and its JSON form to package view. For a new reason
// why a task is where it is, add its code and its advice to reasons.go.
package answer
