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
//   - A record is never changed once it is committed. Two sorts give their place to the
//     next of theirs: a checkpoint, and the tally of a group that ends a row, so that
//     the row does not grow with the members.
//   - Kinds, states and reasons are append-only lists: a number keeps its meaning.
//   - Task.Apply is the only place that changes a task's state, and refuses a
//     record that the state doesn't allow.
//   - Records carry a version and a checksum; a damaged row is an error, never data.
//
// What holds for the whole broker is in records of no task, see Setting.
//
// A group is one task that stands for many, its members: see group.go. An array of a
// million has one row, and a row more for each member that has started. The tally
// in the group's row tells which have not, and how the others stand: whatever
// changes it is in the same batch, so a restart finds both as they were.
//
// The codec is in seal.go (versions, checksums), row.go, decode.go and, for one thing of
// a row without the rest, peek.go; in checkpoint.go, blob.go, key.go, tombstone.go and
// setting.go for what is kept beside rows, and in logged.go for a log of commits.
// change.go sorts a batch by task for an engine.
//
// What can be asked for with a task is the table in option_table.go: rows, wire,
// API and flags go by it. option_check.go and option_rules.go say what is accepted, of each
// option and of them together. For a new option add its field to Spec and a line to that table.
//
// For a new kind of record: add it to Kind and to Task.Apply (apply.go), its fields to
// Record, their tags to the codec, and a numbered migration if older files
// need one.
package journal
