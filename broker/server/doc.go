// Package server is the loop that ties the sockets, the state machine and the
// journal together. It decides nothing about tasks: the state machine (package broker,
// called the core here) does.
//
//	          one goroutine: the loop                      another, one at a time
//	+------------------------------------------------+
//	| take in   Router, Ask ---> core.Step           |
//	|           clock ---------> core.Tick           |
//	|                                |               |
//	| gather    core.Take -----> next batch          |
//	|                                |               |
//	| commit    small: here -------- + ------ large -|---> Store.Commit
//	|                                |               |          |
//	| deliver   core.Committed, then | its sends <---|----------+
//	|           Router, Ask <--------+               |
//	+------------------------------------------------+
//
// While one batch is being committed the loop goes on taking in messages, and their
// effects make up the next batch. So the group commit grows with the load, and no timer
// delays anybody. The loop commits a small batch itself, because handing it to another
// goroutine would cost more than the sync.
//
// Invariants:
//
//   - Only the loop touches the router and the core. It never waits for a peer: a send
//     that cannot leave at once is given back to the core.
//   - Sends to a peer leave in the order of the effects, and only when the records of
//     these and of all earlier effects are durable. The same holds for what Ask and
//     Inspect return.
//   - The loop never waits for a large payload. It is read and written beside the loop,
//     and only messages that must not overtake it wait.
//   - Memory is bounded: so many bytes may be on their way to one worker, and so many may
//     wait to be written. Beyond that nothing is taken in, and as long as that lasts no
//     peer is declared gone.
//   - After a failed commit nothing more is sent, because nobody knows what is on disk.
//     The same holds for what the core decided after a failed read.
//   - At most one commit is in flight. It may prune ended tasks as well. Instead of it,
//     somebody else may be alone with the journal's files (Alone).
//   - Messages to a peer that takes bundles leave together at the end of a turn, so the
//     order of sends holds for each peer, but not between peers.
//
// Where things are:
//
//	server.go, config.go    how a server is made, run and set up; report.go: what it found
//	loop.go, seldom.go      one turn of the loop; what is logged now and then
//	batch.go, prune.go      what is committed together, and what is forgotten with it
//	alone.go                work on the journal's files while nothing is committed
//	archive.go, cache.go    what the core reads of the journal; bodies kept in memory
//	deliver.go, bundle.go   sends, and those that leave as one message
//	stage.go, claims.go     large payloads on their way in, and the disk space they need
//	lane.go, parcel.go      large payloads on their way out, and how many at a time
//	copy.go, payload.go     bodies that retries copy; payloads that cannot be read
//	fill.go, questions.go   answers that are made beside the loop
//	local.go                peers inside the process: the admin API
//	space.go, guard.go      limits of the disk and of the memory
package server
