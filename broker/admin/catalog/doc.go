// Package catalog finds tasks in a journal: by ID, prefix or suffix, and by
// filter. The admin API uses it on the journal of a running broker, bcp-ctl
// --db on the file of one that isn't.
//
//	List, Count, Members ---> Scan, a page at a time ---> *journal.Task, counts
//	Get, Body, Result   ---> Scan, Get, ByKey, … ------> journal.Entry, bytes
//	                          (journal.Store)
//
// Errors that say what is accepted are of type api.Error.
//
// It reads short pages and holds no read transaction while a caller works on
// one: a transaction held for long makes the journal file grow, and a slow
// reader must not hold it.
//
// Invariants:
//
//   - A list holds every task that matched from its begin to its end, once. One
//     that is submitted, or changes state, meanwhile may be in it or not.
//   - A list ends: tasks submitted after its begin are not in it.
//   - A list that cannot be completed returns an error.
package catalog
