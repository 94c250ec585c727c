// Plantedrun plants known mistakes, one at a time, and looks whether the simulator
// finds them: a harness that finds nothing proves nothing. scripts/planted runs it.
//
//	mistakes.go: file, what stands there, what stands there then
//	     |
//	     v           go build -overlay
//	changed copy of the file ----------> the simulator's test ---> finding: which seed,
//	in a folder of its own                                         what was broken
//
// The source itself is never changed. What a mistake replaces must be in its file
// exactly once: when the code moves, the mistake says so instead of being planted
// nowhere.
//
// For a new mistake add a line to mistakes.go. One that is not found shows a hole in
// the oracle of broker/sim, which is to be closed there.
package main
