// Package admin serves the admin API: HTTP and JSON on a unix socket or on loopback, for
// bcp-ctl and scripts.
//
//	            +-- read --> catalog --> Store (pages, no loop)
//	request --> |
//	            +-- ask  --> Broker.Ask ----> loop --> commit --> answer
//	            |
//	            +-- look --> Broker.Inspect --> loop (short)
//
// What is in the journal is read from the journal, in short pages, so that readers do not
// delay the broker's loop. A change goes through the loop as a message: so it is decided where
// everything else is decided, and answered after its commit. Only volatile state (workers,
// counters, progress, explanations) is read in the loop.
//
// Routes; their types are in broker/admin/api:
//
//	GET  /healthz                 Health: the loop answers; whether the disk is full
//	GET  /v1/status               Status
//	GET  /v1/workers              list of Worker
//	GET  /v1/workers/{name}       Worker
//	GET  /v1/queues               list of Queue
//	GET  /v1/tasks                list of Task; filter, state (repeatable), worker, service,
//	                              since, before (times, or durations before now), held,
//	                              delayed, label (repeatable), all, sort, limit, cursor;
//	                              array: its members
//	GET  /v1/tasks/count          list of StateCount, with the filters of /v1/tasks
//	POST /v1/tasks                Submission -> Submitted
//	POST /v1/batches              Batch -> BatchSubmitted: all of its tasks, or none
//	GET  /v1/tasks/{id}           Task; id is a ULID, a unique prefix or suffix, or key=KEY,
//	                              with %2F for a / in it
//	GET  /v1/tasks/{id}/explain   Explanation: why it is where it is
//	GET  /v1/tasks/{id}/members   list of Task: members of an array or broadcast that have rows
//	GET  /v1/tasks/{id}/history   list of HistoryEntry
//	GET  /v1/tasks/{id}/body      the body's bytes
//	GET  /v1/tasks/{id}/result    the result's bytes
//	GET  /v1/tasks/{id}/wait      Task, once it has ended; timeout_ms
//	POST /v1/tasks/cancel         Change -> list of ChangeRow
//	POST /v1/tasks/hold           likewise
//	POST /v1/tasks/release        likewise
//	POST /v1/tasks/edit           likewise, with what is changed
//	POST /v1/tasks/move           likewise
//	POST /v1/tasks/retry          likewise
//	POST /v1/tasks/drop           likewise
//	GET  /v1/profile              where the broker's processor time goes, for pprof; seconds
//	POST /v1/replay               ReplayRequest -> list of ReplayRow
//	POST /v1/journal/verify       {} -> list of JournalEvent
//	POST /v1/journal/backup       BackupRequest -> list of JournalEvent
//	POST /v1/journal/compact      {} -> list of JournalEvent
//	POST /v1/journal/export       ExportRequest -> list of ExportLine
//	GET  /v1/limits               list of Limit
//	POST /v1/limits/set           LimitChange -> Limit
//	POST /v1/limits/unset         likewise
//
// Invariants:
//
//   - Every request that fails is answered with an api.Error. A list that fails after it has
//     begun ends with one.
//   - A text that says who or which one is meant is never empty (api.Given). If the text got
//     lost on the way, the request must not mean everybody.
//   - Requests that ask how the broker is (/healthz, /v1/status) are served also when there are
//     too many others: each sort of request has a limit of its own.
//   - A request's body may come slowly, but it has to come: one that stops for 30 seconds, or
//     has less than 1024 bytes a second, is refused (incoming.go), and so keeps nobody else out.
//   - Large bodies of requests are read as there is room for them (bodies.go): many at a time
//     take no more memory than a few, and one that comes slowly has no room that others lack.
//   - A slow reader of an answer holds up only the goroutine that serves it. One who stops reading
//     for an hour is cut off, and after a minute one who has asked for a backup, a compaction or an
//     export, or has room for a large body (reply.go).
//   - A large body or result is read from its file as its reader takes it, and nothing of it is
//     in memory meanwhile. Exports, which have some tasks whole, are few at a time.
//   - A web page cannot use the API through the browser of its reader: requests that name
//     another host, and bodies that are not declared as JSON, are refused.
//
// There is no authentication: whoever can connect may do everything. That is why Listen
// accepts only loopback, and unix sockets, which are for the broker's user and group.
//
// Where things are:
//
//	admin.go, route.go               the routes, how many requests are served at a time
//	listen.go, serve.go              the socket, and the HTTP server
//	incoming.go, bodies.go           what is read of a request, and how much at a time
//	respond.go, stream.go, ask.go    answers and lists; messages to the loop
//	reply.go                         for how long an answer waits for its reader
//	task_page.go                     lists of tasks, with what only the loop knows of them
//	tasks.go, submit.go, change.go, journal.go, ...
//	                                 the requests, by what they are about
package admin
