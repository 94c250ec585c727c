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
// A step and its new schema number are committed together or not at all. So a migration that
// is killed goes on with the same step when the file is opened again. The backup is a whole
// journal of the older schema, with its log, which an older program can open. Whoever opens
// the file for the migration makes it, with the large payloads beside it (package journal/bolt).
//
// Invariants:
//
//   - The schema number is always in the same place: bucket Meta, key SchemaKey, four bytes big
//     endian.
//   - Steps are an append-only list, and a step that was released is never changed.
//   - A step that changes entries of summed buckets writes the new sums (see Sums).
//   - A step leaves the write-ahead log alone, which there is from schema 3 on: the bucket Log,
//     and what Meta says of it. After a crash the log has commits that the other buckets lack.
//     A program can write these buckets only in its own schema, so it applies the records of
//     the log when all steps are done, to what the steps have made. That is why the format of
//     records in the log is append-only, as in rows. If a step moves the log nevertheless, the
//     opening that has run the step refuses the file.
//
// For a new schema, write the step in a file of its own, named for its number, and append it
// to Journal. Test it on a file of the schema before, and on one with commits that are only in
// the log.
package migrations
