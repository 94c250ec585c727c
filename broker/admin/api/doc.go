// Package api is the admin API as scripts and tools see it: its JSON types, its
// errors, and a client. What is shown of tasks, queues and workers is package view's.
// The handler is in broker/admin.
//
//	bcp-ctl, scripts            api.Client          broker/admin
//	      |                         |                    |
//	      +--- Submission, List --->+--- HTTP + JSON --->|
//	      |                         |   unix socket or   |
//	      +<-- Task, Worker, ... ---+<-- loopback -------+
//
// Lists are JSON lines, each with exactly one member:
//
//	{"item":{...}}                        as often as there are items
//	{"end":{"items":3,"cursor":"01J..."}} the last line of a complete list
//	{"error":{"code":"...","message":""}} the last line of one that failed
//
// A list without its last line was cut off: the client returns an error of
// CodeIncomplete for it and never takes it for a short list.
//
// Invariants:
//
//   - Names of fields are lower_snake and keep their meaning; fields are only added.
//   - Times are RFC 3339 in UTC with milliseconds and end in _at; durations are
//     whole milliseconds and end in _ms. What has not happened is left out.
//   - A request says each thing once: a field that is given twice is refused.
//   - States, reasons and codes are the names that the journal and the wire use.
//   - No cgo: the package builds everywhere that bcp-ctl does.
//
// A new field of a task goes into Task and NewTask of package view; a new filter into journal/filter.
package api
