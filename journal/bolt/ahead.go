package bolt

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"bcp/journal"
	"bcp/journal/bolt/wal"
)

// A commit to the tables writes some dozen pages in different places, syncs them, writes a
// meta page and syncs that. To save most of that, a store can have a write-ahead log in the
// same file. A commit then writes one entry into the log, in one piece, and syncs once.
//
//	Commit --> log (wal, a value of the bucket log) --> returns
//	    \
//	     +--> generation: the same records in memory
//	               |
//	               v  when there are enough, when they have waited long enough, or when
//	          settle  somebody reads what only the log has
//	               |
//	               v
//	          one transaction of the tables; a task with many records is written once
//
// While one generation is being settled, commits go to the next one, and to the other half of
// the log. An opening settles what it finds in the log, and whoever reads a file at rest has
// it opened first. So only this file, settle.go, generation.go and those of the log (log.go,
// log_region.go, log_behind.go) know of it. All others are about the tables alone.
//
// A large commit goes to the tables at once, together with all that the log has, because it
// would be written twice otherwise. So does every commit when the disk is nearly full: it has
// to be known before a commit returns that the tables have room for it.
//
// Invariants:
//
//   - What a Commit has written is in the log as long as it is not in the tables. The tables
//     record up to which entry of the log they have everything.
//   - A read that begins after a Commit has returned sees what it wrote: this is in the tables,
//     or in a generation, which is then settled before the read.
//   - Entries are written to the log, and settled, in the order of commits.

const (
	// LogBytes is the size of a broker's write-ahead log, in bytes.
	LogBytes = 8 << 20

	// A commit whose payloads have more bytes than loggedMax together, or one of them more
	// than loggedOneMax, goes to the tables.
	loggedMax    = 256 << 10
	loggedOneMax = 16 << 10
)

// ahead is what a store has committed to its log but not to its tables. It is nil if the store
// has no log.
type ahead struct {
	bytes  int64                          // of the log
	step   int                            // records that are settled together, at least
	timed  bool                           // what has waited long enough is settled as well
	beside func(turn, bring func() error) // nil for by a commit, and not beside it

	// A commit to the log holds commits, and so does who changes what is written next.
	commits sync.Mutex
	log     wal.Log
	last    wal.ID // of the last entry

	mu      sync.Mutex  // guards what follows
	now     *generation // to which commits go
	before  *generation // that is being settled, nil for none; changed by who holds settling
	spare   *generation // to which they go next, nil while the one before is being settled
	settles bool        // somebody is about to settle
	count   uint64      // generations that were settled
	timer   *time.Timer
	highest journal.ID // that was given
}

func newAhead(o Options, highest journal.ID) *ahead {
	a := &ahead{step: o.LogStep, timed: o.LogStep == 0, beside: o.Beside, highest: highest, now: newGeneration(), spare: newGeneration()}
	if a.timed {
		a.step, a.beside = settleRecords, inBackground
	}
	return a
}

// takes tells whether a commit of these records goes to the log.
func (s *Store) takes(records []journal.Record) bool {
	if s.ahead == nil || s.late.tight.Load() {
		return false
	}
	bytes := 0
	for i := range records {
		size := len(records[i].Payload)
		if bytes += size; size > loggedOneMax || bytes > loggedMax {
			return false
		}
	}
	return len(records) > 0
}

// commitAhead writes the records to the log, or to the tables if the log has no room.
func (s *Store) commitAhead(records []journal.Record) error {
	written, err := s.writeAhead(records)
	switch {
	case err != nil:
		return fmt.Errorf("commit %d records to the log: %w", len(records), err)
	case written:
		return s.settleSoon()
	}
	return s.commitNow(records, pruning{})
}

// writeAhead writes the records to the log, unless there is no room.
func (s *Store) writeAhead(records []journal.Record) (written bool, err error) {
	a := s.ahead
	a.commits.Lock()
	defer a.commits.Unlock()
	if err := s.failure(); err != nil {
		return false, err
	}
	if err := andThen(s.uncut(), func() error { return s.checkAhead(records) }); err != nil {
		s.fail(err)
		return false, err
	}
	g, id := a.now, wal.ID{Mark: a.last.Mark, Seq: a.last.Seq + 1}
	entry := g.encode(records, id)
	if !a.log.Fits(len(entry)) {
		g.forget(entry)
		return false, nil
	}
	file := onDisk{s.log, s.blobs.disk}
	err = a.log.Write(file, entry)
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		g.forget(entry)
		s.fail(err)
		return false, err
	}
	a.last = id
	a.mu.Lock()
	defer a.mu.Unlock()
	g.commit(id, a.log.Filling())
	return true, nil
}

// each calls fn with each generation that is not in the tables.
func (a *ahead) each(fn func(*generation)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	fn(a.now)
	if a.before != nil {
		fn(a.before)
	}
}

// has tells whether something is in one of them.
func (a *ahead) has(it func(*generation) bool) (has bool) {
	a.each(func(g *generation) { has = has || it(g) })
	return has
}

// Takes tells whether a Commit of the records would go to the log now. Such a commit need not
// wait while earlier ones are being brought from the log into the tables.
func (s *Store) Takes(records []journal.Record) bool {
	if !s.takes(records) {
		return false
	}
	entry := newGeneration().encode(records, wal.ID{})
	s.ahead.commits.Lock()
	defer s.ahead.commits.Unlock()
	return s.ahead.log.Fits(len(entry))
}

// Logged returns how many committed records are in the log, but not in the tables yet.
func (s *Store) Logged() (records int) {
	if s.ahead == nil {
		return 0
	}
	s.ahead.each(func(g *generation) { records += g.n })
	return records
}

// countSettled returns how many generations were settled so far.
func (a *ahead) countSettled() uint64 {
	if a == nil {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count
}

// keysWithin returns the clients' keys within the span of some ranges that are in the log
// alone, in order; and whether no more generations were settled than so many.
func (a *ahead) keysWithin(ranges []journal.KeyRange, settled uint64) (keys []string, same bool) {
	span := journal.KeyRange{After: ranges[0].After, Before: ranges[len(ranges)-1].Before}
	a.each(func(g *generation) {
		for key := range g.keys {
			if span.Has(key) {
				keys = append(keys, key)
			}
		}
		same = a.count == settled
	})
	slices.Sort(keys)
	return keys, same
}

// given takes in that the tables have tasks up to an ID.
func (a *ahead) given(highest journal.ID) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if highest.Compare(a.highest) > 0 {
		a.highest = highest
	}
}

// prune has something forgotten when what is committed next is settled.
func (a *ahead) prune(p pruning) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now.pruning.add(p)
}
