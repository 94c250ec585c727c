// Package answer makes what is shown of the broker's state: of what only its loop knows,
// and of the journal.
//
//	core (in the loop) ---> Explanation, QueueInfo, WorkerInfo ---+
//	                                                              +---> package view ---> JSON
//	journal (beside it) --> histories, members, oldest tasks -----+
//
// It is pure: the clock comes in as an argument. It is run beside the loop, which is
// held up only for as long as it takes to look.
package answer
