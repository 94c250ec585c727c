// Package server is the loop that ties the sockets, the state machine and the
// journal together. It decides nothing about tasks: the core does.
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
// While a batch is being committed the loop goes on taking in, and what comes of
// it makes up the next batch: the group commit grows with the load, and nobody
// waits for a timer. A small batch is committed by the loop itself, for handing
// it over costs more than the sync.
//
// Invariants:
//
//   - Only the loop touches the router and the core. It never waits for a peer:
//     a send that cannot leave at once is given back to the core.
//   - Sends to a peer leave in the order of the effects, and only when the records of
//     these and of all earlier effects are durable. The same holds for what
//     Ask and Inspect return.
//   - It never waits for a large payload: these are written and read beside it, and
//     only what has an order with them waits. What a worker hasn't taken in is bounded
//     in bytes, and so is what waits to be written: beyond that nothing is taken in, and
//     nobody is taken for gone meanwhile.
//   - After a failed commit nothing more is sent: nobody knows what is on disk. Nor is
//     what the core decides when the disk can't be read.
//   - At most one commit is in flight, which may prune as well, or another who has to be
//     alone with the journal's files (alone.go); while one is, the next batch is bounded,
//     and beyond that nothing is taken in.
//
// Messages to a peer that takes bundles leave in one for each turn, after those to
// others: the order is that to each peer.
//
// See loop.go for the turn, batch.go for the order of commit and send, archive.go for
// what the core reads, stage.go and lane.go for large payloads on their way in and out,
// claims.go for the room that they find on the disk, parcel.go for how many of them may be
// on their way to a worker, bundle.go for messages that leave in one, local.go for the
// peers inside the process (the admin API).
package server
