// Benchmark measures how many durable tasks a second bcp-broker takes through
// their whole life, what one costs it in processor time, and how long a lone
// one takes. Start it by scripts/bench, which builds what it needs.
//
//	for each kind of peers, number of workers, and round:
//
//	    bcp-broker on a new journal   <--tcp-->   workers, clients in this process
//	          |                                         |
//	    /proc/PID/stat                            tasks that ended
//	          |                                         |
//	          +---------------> one cell <--------------+
//
//	medians over the rounds --> one table, with the conditions
//
// Beside it the state machine is measured alone: package core tells how.
//
// The peers do nothing with the tasks. They are made twice: with the Go packages
// that everyone uses, and with package lean, because on a small machine the
// peers eat what is measured.
package main
