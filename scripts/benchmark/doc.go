// Benchmark is the project's instrument: it measures what a durable broker is to be
// good at, and says under which conditions. Start it by scripts/bench, which builds
// what it needs.
//
//	cells.go: what can be measured      each cell has a sheet: rows, columns,
//	   |                                and a value of every round
//	   v
//	for each round, for each cell:
//
//	    a broker on a new journal   <--tcp-->   workers, clients in this process
//	          |                                         |
//	    /proc/PID/stat                            tasks that ended
//	          |                                         |
//	          +------------> figures of a round <-------+
//
//	medians over the rounds, and their spread --> report: tables, conditions,
//	                                              goals met or not, charts
//
// The compiler is told by a profile what to make fast in a broker (scripts/profile makes it).
// It is this program's as well: what runs the same code here, such as a broker without a
// journal, is as fast as there.
//
// The state machine is also measured alone: package core tells how. Two revisions
// are compared by the same cells, in turns: see compare.go. What needs libraries that
// the broker does not is in the module outside, whose programs are built when a cell
// needs them: echo and dealer are ZeroMQ without a broker, peers measures other brokers,
// plot draws the charts.
//
// The peers do nothing with the tasks. They are made twice: with the Go packages
// that everyone uses, and with package lean, because on a small machine the
// peers eat what is measured.
package main
