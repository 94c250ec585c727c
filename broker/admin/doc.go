// Package admin is the broker's side of its operators: HTTP and JSON on a unix
// socket or on loopback, for bcp-ctl and scripts.
//
//	            +-- read --> catalog --> Store (pages, no loop)
//	request --> |
//	            +-- ask  --> Broker.Ask ----> loop --> commit --> answer
//	            |
//	            +-- look --> Broker.Inspect --> loop (short)
//
// What the journal knows is read from the journal, in short pages and without
// the loop. What changes a task goes through the loop as a message, so it is
// decided where all else is, and the answer comes after its commit. Only what
// is volatile (workers, counters, progress, explanations) is looked up in the loop.
//
// Routes; the types are in broker/admin/api:
//
//	GET  /healthz                 Health: the loop answers; whether the disk is full
//	GET  /v1/status               Status
//	GET  /v1/workers              list of Worker
//	GET  /v1/workers/{name}       Worker
//	GET  /v1/queues               list of Queue
//	GET  /v1/tasks                list of Task; filter, state (repeatable), worker, service,
//	                              since, before, held, delayed, label (repeatable),
//	                              all, sort, limit, cursor; array: its members
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
//   - Every request that fails is answered with an api.Error; a list that fails
//     half-way ends with one.
//   - A text that says who or which is meant is not empty (api.Given): one that got
//     lost must not mean everybody.
//   - However many wait for tasks or are served: how the broker stands is told.
//   - Nothing waits for a reader of an answer but the goroutine that serves it.
//   - A web page cannot drive the API through its reader's browser: names of
//     other hosts and bodies that are not declared as JSON are refused.
//
// There is no authentication: who may open the socket may do all. That is why
// Listen takes a unix socket for the broker's user and group, or loopback.
package admin
