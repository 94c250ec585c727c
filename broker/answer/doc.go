// Package answer makes what is shown of the broker's state: of what only its loop knows,
// and of the journal.
//
//	core (in the loop) ---> Explanation, QueueInfo, WorkerInfo ---+
//	                                                              +---> package view ---> JSON
//	journal (beside it) --> histories, members, oldest tasks -----+
//
// It is pure: the clock comes in as an argument. It is run beside the loop, which is
// held up only for as long as it takes to look.
//
// Invariants:
//
//   - What was seen in the loop is durable by the time that it is shown: see Look.
//   - What the loop doesn't know any more has ended, and is read from the journal.
//   - A page is bounded, in items and in bytes, and the next one begins behind it, whatever
//     becomes of the tasks meanwhile.
//
// fill.go answers the SHOW of BCP/2, by the functions that the admin API calls itself. For
// something new to show add a case there, and its form to package view; for a new reason why
// a task is where it is, its code and advice to reasons.go.
package answer
