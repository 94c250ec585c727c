// Package sim lives many brokers' lives, each from one seed, and checks the
// broker's promises all the while.
//
//	plan(seed) ---> director: submits, cancels, crashes, partitions, ...
//	                   |
//	   clients  <---> network <---> process <---> journal.MemDisk,
//	   workers         delays,      the core,     or journal/bolt on a
//	   liars           drops, ...   crashes       disk whose power is cut
//	                   |               |
//	                   +--> oracle <---+   after every step
//
// The core, the store, the codecs and the peers' sessions are the real ones;
// the clocks, the network and the processes are not. Everything runs in one
// goroutine on virtual time: the next event is taken from a heap, and all
// chance comes from one generator. The same options give the same life, event
// by event, so a failing seed is a complete account of what went wrong.
//
// A life has two parts. In the first, faults of the kinds that the plan picked
// happen for a number of steps, and the oracle checks safety. Then the faults
// stop, everybody who will ever come back comes back, and within a bounded
// virtual time every task has to end and every client has to be told.
//
// In memory a commit is on the disk whole or not at all, as its crash or fault has it. In one
// life of four the journal is a real one, on a disk whose power is cut: in a commit, while a
// payload is staged, in a commit that prunes, in a compaction, and in the opening after a cut.
// What it wrote and did not sync is lost or not, sector by sector (package
// journal/bolt/power); it is opened again, and everything has to hold as before. In half of
// these lives tasks end late, as where very many live; two of three such journals have a log
// in front of their tables (ahead.go), which most settle beside commits (beside.go), some of
// which come in the middle of that (midway.go).
//
// Invariants:
//
//   - No goroutine, no clock, no iteration over a map decides anything.
//   - A message passes through frames and is copied on its way.
//   - The oracle looks at the journal and at what leaves the broker, never at
//     the core's own memory, but for its counters.
//   - A life is the same each time, on a real journal as far as that is sound: where bbolt
//     puts its pages is not the same.
//   - Whoever dies comes back of its own accord, unless it is gone for good.
//
// Lives are lived by the package's test:
//
//	go test ./broker/sim -run Sim -seed N -events             one life, event by event
//	go test ./broker/sim -run Sim -seeds N -from M -steps K   so many, from a seed on
//	go test ./broker/sim -run Sim -real -seeds N              all on a real journal
//	go test ./broker/sim -run Sim -for 8h -timeout 0 -v       as many as there is time for
//
// What the lives have met is counted; coverage_test.go demands all that can happen as
// far as the program's own lists tell, so a new record kind, reason, code, command or
// option is asked for at once.
//
// For a new fault add an action to director.go, for a new promise a check to oracle.go
// (what is committed), truth.go (what truly happened), told.go (what is sent), stale.go
// (what is stopped), find.go (which tasks there are), window.go (how much at a time),
// schedule.go (what is dispatched when), least.go (to whom), start.go (for how long),
// late.go (what is overdue), deaf.go (what is due while nobody is heard), names.go (who
// has a name), audience.go (who is in a broadcast), body.go (what is to be done),
// dependency.go (after what), explain.go (what the core says of itself) or settle.go (what
// must happen in the end), and a mistake to mistake.go that shows that it can fail:
// scripts/planted plants others in the source itself.
package sim
