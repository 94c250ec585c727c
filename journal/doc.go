// Package journal says what is remembered of a task, and in which form.
//
// A task's life is a sequence of records. Nothing else is durable: the state of
// a task is what Task.Apply makes of its records, in the running broker, at
// replay after a restart, and in every tool that reads a journal file.
//
//	core ---records---> Store.Commit ---fsync---> told to peers
//	                        |
//	                        v
//	      row of a task = its records, one short entry each,
//	                      under one checksum; the body and the
//	                      result are kept apart from the row
//	                        |
//	restart: Store.Live --> records --> Task.Apply --> the same state
//
// The package is pure: it does no I/O. It holds the records and their codec,
// the Task that they add up to, the Store port that an engine implements, and
// a store in memory that can crash (MemStore). The embedded engine is in
// journal/bolt; the suite that every engine must pass is in journal/storetest.
//
// Invariants:
//
//   - A record is never changed once it is committed. Two sorts are replaced by the next
//     one of their sort: a checkpoint, and the tally of a group. Without that a group's row
//     would grow with each of its members.
//   - Kinds, states and reasons are append-only lists: a number keeps its meaning.
//   - Task.Apply is the only place that changes a task's state. It refuses a record that
//     the state doesn't allow.
//   - Records carry a version and a checksum; a damaged row is an error, never data.
//
// A group is one task that stands for many, its members (group.go). An array of a million
// members has one row, and one more for each member that has started. The group's row has
// a tally: how many members have not started, and how the others stand. Whatever changes
// the tally is committed in the same batch, so the two agree after a restart.
//
// What holds for the whole broker, such as a limit, is a Setting: a record of no task.
//
// Where things are:
//
//	record.go, state.go, apply.go      records, states, and how one leads to the other
//	task.go, option_table.go           a task, and the options it can be submitted with
//	option_check.go, option_rules.go   which values of an option are accepted, and which
//	                                   options together
//	group.go, all.go, tally.go         groups: arrays and broadcasts
//	store.go                           the Store port; mem*.go: a store in memory
//	seal.go, row.go, decode.go         the codec: versions and checksums, rows
//	peek.go                            reads one thing of a row without decoding the rest
//	checkpoint.go, blob.go, key.go,    the codec of what is kept beside rows
//	    tombstone.go, setting.go
//	logged.go, change.go               a log of commits; a batch sorted by task, for engines
//
// To add an option, add its field to Spec and its line to the table in option_table.go:
// rows, the wire, the API and the flags of the programs all follow that table.
//
// To add a kind of record, add it to Kind and to Task.Apply, its fields to Record and
// their tags to the codec, and write a numbered migration if older files need one.
package journal
