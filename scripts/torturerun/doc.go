// Torturerun breaks a real broker in every way that a machine can break it, and
// looks afterwards whether it kept its promises. scripts/torture builds it and
// runs it.
//
//	trial: sim, kill, steps, errors, power, files, full, peers, fuzz, net,
//	       deaf, crowd, scarce, rot, freeze
//	   |  breaks
//	   v
//	bcp-broker  <---ipc--->  clients and workers of this process
//	   ^                        |
//	   | starts it again        v
//	supervisor               ledger: what was acknowledged, told and executed
//	                            |
//	journal file, opened when the broker is gone ---> compared: findings
//
// A trial is rounds, each with a journal of its own, until its time is over. What a
// round does follows from its seed, but not what the machine makes of it: processes
// and disks have their own time. So a finding names its seed and keeps its folder.
//
// Promises that a round is held to: what was acknowledged is in the journal under
// the key that it was submitted with; what was told to have ended has ended so, and
// only so; everything ends; no attempt is executed twice; queries, cancels and ends
// that ran side by side fit into one order (a history, checked by porcupine).
//
// For a new way to break things, add a file with a trial, and its line in trials.go.
package main
