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
// at all. The backup is a whole journal of the older schema: an older program
// opens it under the journal's name.
//
// Invariants:
//
//   - Where the schema number is (bucket Meta, key SchemaKey, four bytes big
//     endian) never changes.
//   - Steps are an append-only list; a step that was released is never changed.
//   - A step that changes entries of summed buckets writes their new sums (see Sums).
//
// For a new schema: write the step in a file of its own, named for its number,
// append it to Journal, and test it on a file of the schema before.
package migrations
