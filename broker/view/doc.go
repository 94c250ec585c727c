// Package view has the JSON forms of tasks, queues and workers. The admin API, bcp-ctl and
// the answers to SHOW of BCP/2 all use them.
//
//	journal --- NewTask, NewHistory ---> Task, HistoryEntry    ---+
//	                                                              +---> JSON
//	broker ---- package answer --------> Explanation, Queue, Worker +
//
// Scripts and other programs rely on the names and forms of the fields: they don't change,
// and readers skip fields that they don't know. Moments are RFC 3339 in UTC with
// milliseconds; durations are milliseconds, in fields whose names end with _ms.
package view
