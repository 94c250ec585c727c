// Package api is the admin API as scripts and tools see it: its JSON types, its errors, and a
// client. The types of tasks, queues and workers are those of package broker/view. The handler
// is in package broker/admin.
//
//	bcp-ctl, scripts            api.Client          broker/admin
//	      |                         |                    |
//	      +--- Submission, List --->+--- HTTP + JSON --->|
//	      |                         |   unix socket or   |
//	      +<-- Task, Worker, ... ---+<-- loopback -------+
//
// Lists are JSON lines, each with exactly one member:
//
//	{"item":{...}}                        one line for each item
//	{"end":{"items":3,"cursor":"01J..."}} the last line of a complete list
//	{"error":{"code":"...","message":""}} the last line of a list that failed
//
// A list without its last line was cut off. The client returns an error of CodeIncomplete for
// it, and so never takes it for a short list.
//
// Invariants:
//
//   - Names of fields are lower_snake and keep their meaning. Fields are only added.
//   - Times are RFC 3339 in UTC with milliseconds, in fields whose names end in _at. Durations
//     are whole milliseconds, in fields whose names end in _ms. What has not happened yet is
//     left out.
//   - A request with a field that is given twice is refused.
//   - States, reasons and codes have the names that the journal and the wire use.
//   - The package needs no cgo, so it builds wherever bcp-ctl does.
//
// To add a field to a task, add it to Task and NewTask of package broker/view. To add a
// filter, add it to package journal/filter.
//
// Where things are:
//
//	address.go, client.go, ask.go       where the API is, and the client
//	line.go, error.go                   lines of lists; errors and their codes
//	request.go, batch*.go               submits
//	change.go, edit.go, limit.go        changes of tasks and limits
//	filter.go, query.go                 lists, and the filters that they have
//	status.go, journal.go, export.go    the broker, and what is done with its journal
//	strict.go, decode.go, given.go      JSON that is refused, and with which words
package api
