// Package e2e tests the programs as their users have them: real processes, real
// sockets, a real journal, and real kills.
//
//	              +------------+  tcp, ipc  +------------+
//	bcp-ctl ----->| bcp-broker |<---------->| bcp-worker |---> the tasks' processes
//	    admin API +------------+     ^      +------------+
//	                    |            |
//	                 journal         +--> package client, in the test's process
//	                                 +--> testdata: beat_worker.py, beat_client.py,
//	                                                bcp2_worker.py, bcp2_client.py
//
// The programs are built once for all tests, with the race detector if the
// tests have it. The Python peers know nothing of this module: they are written
// from the facts of BEAT's protocol, and those of BCP/2 from PROTOCOL.md. They run on
// Debian's python3-zmq, so that no mistake of ours is on both sides.
//
// Invariants of the tests:
//
//   - Nothing waits by sleeping: a test waits for a line, a message, an exit or
//     a task's end, and fails when it has not come within patience. No test
//     says how long something took.
//   - A task runs for as long as its test wants: see gate.
//   - A process is ended by the test that started it, by its number, and dies
//     with the test if that is killed.
//
// What is here: beat_test.go has the peers of BEAT, and beat_crash_test.go their
// kills and the broker's; document_test.go has the peers of PROTOCOL.md; crash_test.go
// the programs that are killed under load, bulk_test.go, change_test.go and backup_test.go
// in the midst of what bcp-ctl has them do; killed_test.go and readers_test.go read what a
// kill leaves; all_test.go and array_test.go have tasks that stand for many, failing_test.go
// and speech_test.go what commands say; stale_test.go a worker that slept too long,
// disk_test.go and disk_name_test.go a disk that is full, unread_test.go and
// interrupt_test.go output that nobody takes, address_test.go addresses that are mixed up;
// broker_test.go, ctl_test.go and worker_test.go the single programs.
// main_test.go, process_test.go, transcript_test.go, programs_test.go,
// client_test.go, answer_test.go, python_test.go and gate_test.go start things
// and listen to them.
package e2e
