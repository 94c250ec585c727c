// Package migrations changes journal files of older schemas into the current one.
//
//	open --> Schema(file) --+-- current: nothing to do
//	                        +-- newer:   ErrNewer, the file is left alone
//	                        +-- older:   copy to FILE.schema-N.bak, synced
//	                                       |
//	                                       v
//	                                     step N, step N+1, ... each with its
//	                                     new schema number in one transaction
//
// A migration that is killed half-way goes on, at the next open, with the step
// that it was killed in: a step and its number are committed together or not
// at all. The backup is a whole journal of the older schema, with its log: an older
// program opens it under the journal's name. Its large payloads are put beside it by who
// opens the file.
//
// Invariants:
//
//   - Where the schema number is (bucket Meta, key SchemaKey, four bytes big
//     endian) never changes.
//   - Steps are an append-only list; a step that was released is never changed.
//   - A step that changes entries of summed buckets writes their new sums (see Sums).
//   - A step knows nothing of the log, which is there from schema 3 on, and leaves the
//     bucket Log and what Meta says of it as they are. After a crash the log has commits
//     that the other buckets lack. A program can write those of its own schema alone, so
//     it brings the log into them when all steps are done: its records are applied to what
//     the steps have made, like those of any later commit. For that, what a record may be
//     in a log is append-only, as it is in a row. A log that a step has moved is refused by
//     the opening in which the step has run.
//
// For a new schema: write the step in a file of its own, named for its number,
// append it to Journal, and test it on a file of the schema before, also on one that has
// commits in its log alone.
package migrations
