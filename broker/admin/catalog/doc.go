// Package catalog finds tasks in a journal: by ID, by a prefix or suffix of it, by key, and by
// filter. The admin API uses it for the journal of a running broker, and bcp-ctl --db for a
// journal whose broker is not running.
//
//	List, Count, Members ---> Scan, a page at a time ---> *journal.Task, counts
//	Get, Body, Result   ---> Scan, Get, ByKey, … ------> journal.Entry, bytes
//	                          (journal.Store)
//
// Errors that say what is accepted are of type api.Error.
//
// It reads tasks in short pages, and holds no read transaction while its caller works on one.
// A transaction that is held for long makes the journal's file grow, and the caller may be
// slow.
//
// Invariants:
//
//   - A list has every task that matches from its beginning to its end, once. A task that
//     comes to match, or no longer matches, in between may be in it or not.
//   - A list ends: tasks submitted after its beginning are not in it.
//   - A list that cannot be completed returns an error. Where something is damaged it goes on
//     behind that, and returns the error in the end: instead of a cursor, and but for a list of
//     an array's members, which ends there.
package catalog
