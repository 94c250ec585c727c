// Package sim simulates the life of a broker with its clients, its workers and their faults,
// and checks the broker's promises after every step. Each life comes from one seed.
//
//	plan(seed) ---> director: submits, cancels, crashes, partitions, ...
//	                   |
//	   clients  <---> network <---> process <---> journal.MemDisk,
//	   workers         delays,      the core,     or journal/bolt on a
//	   liars           drops, ...   crashes       disk whose power is cut
//	                   |               |
//	                   +--> oracle <---+   after every step
//
// The core, the store, the codecs and the sessions of peers are the real ones; the clocks, the
// network and the processes are simulated. Everything runs in one goroutine on virtual time:
// the next event is taken from a heap, and all random decisions come from one generator. The
// same options give the same life, event by event, so the seed of a life that failed is enough
// to see what went wrong.
//
// A life has two parts. In the first one, faults of the kinds that the plan has picked happen
// for a number of steps, and the oracle checks safety. Then the faults stop, all peers that
// will ever come back do so, and within a bounded virtual time every task has to end and every
// client has to be told.
//
// In three lives of four the journal is in memory: a crash leaves a commit on the disk whole
// or not at all. In the others it is a real one, on a disk whose power is cut (package
// journal/bolt/power): in a commit, while a payload is staged, in a commit that prunes, in a
// compaction, and in the opening after a cut. What the journal has written but not synced is
// lost or not, sector by sector. Then it is opened again, and everything has to hold as
// before.
//
// In half of the lives on a real journal tasks end late, which otherwise happens only where
// very many are live. Two of three real journals have a write-ahead log (ahead.go). Most
// settle it beside commits (beside.go), and some commits come in the middle of that
// (midway.go).
//
// Invariants:
//
//   - No decision depends on a goroutine, a clock or the order of a map.
//   - A message is encoded to frames, and decoded again, on its way.
//   - The oracle looks only at the journal and at what leaves the broker. Of the core's own
//     memory it looks only at the counters.
//   - A life is the same each time. On a real journal that holds as long as the journal keeps
//     its promises: bbolt does not always put its pages in the same places, so what a power cut
//     leaves of them may differ.
//   - A peer that dies comes back by itself, unless it is gone for good.
//
// The package's test runs lives:
//
//	go test ./broker/sim -run Sim -seed N -events             one life, event by event
//	go test ./broker/sim -run Sim -seeds N -from M -steps K   N lives, from seed M on
//	go test ./broker/sim -run Sim -real -seeds N              all on a real journal
//	go test ./broker/sim -run Sim -for 8h -timeout 0 -v       as many as there is time for
//
// It counts what has happened in the lives. coverage_test.go demands everything that can
// happen according to the program's own lists, so that a new kind of record, reason, code,
// command or option that no life has met fails the test.
//
// # Where things are
//
//	sim.go, plan.go, director.go     a life, and what it is like; its first part
//	agenda.go, network.go            events in virtual time; frames on their way
//	process.go, commit.go, stage.go  the broker's process around the core
//	store.go, powered.go             the journal, in memory or real
//	worker*.go, client*.go           peers of BCP/2 and BCP/1; liar.go: one that lies
//	operator.go                      the admin API's requests
//	settle.go                        the second part of a life
//	mistake.go, coverage.go          mistakes that the oracle has to find; what has happened
//
// The checks of the oracle:
//
//	oracle.go, truth.go              what is committed; what has truly happened at workers
//	told.go, window.go               what is sent to clients, and how much at a time
//	stale.go                         which attempts are stopped
//	schedule.go, start.go            what is dispatched when, and for how long
//	least.go, turn.go                to which worker, and whose turn it is
//	late.go, deaf.go                 what is overdue, also when nobody can be heard
//	dependency.go, body.go           what a task waits for, and what it is given
//	names.go, audience.go            who has a name, and who is in a broadcast
//	find.go, explain.go              which tasks there are, and what the core says of itself
//	keep.go                          what is forgotten, and when
//
// For a new fault, add an action to director.go. For a new promise, add a check to the oracle,
// and to mistake.go a mistake that shows that the check can fail. scripts/planted plants other
// mistakes, in the source itself.
package sim
