// Package view is what is shown of tasks, queues and workers, as JSON: the same by the
// admin API, by bcp-ctl, and to the clients of BCP/2 that ask for it with SHOW.
//
//	journal --- NewTask, NewHistory ---> Task, HistoryEntry    ---+
//	                                                              +---> JSON
//	broker ---- package answer --------> Explanation, Queue, Worker +
//
// The names and forms of fields are what scripts and other programs rely on: they don't
// change, and who reads them skips what it doesn't know. Moments are RFC 3339 in UTC
// with milliseconds, durations milliseconds in fields that end with _ms.
package view
