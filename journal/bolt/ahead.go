package bolt

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"bcp/journal"
	"bcp/journal/bolt/wal"
)

// A commit to the tables writes some dozen pages that lie apart from each other, syncs them,
// writes another page and syncs that. So a store can have a log in front of them, in the same
// file: a commit then is one entry there, in one piece, with one sync.
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
// While one generation is being settled the next is written to the other half of the log.
// An opening settles what it finds in the log, and what reads a file at rest has it opened
// first: so but for this file and log.go everything is about tables alone.
//
// A commit of much goes to the tables at once, with all that the log has: it would be written
// twice. So does every commit when the disk is nearly full, for its pages come from the free
// ones, and room for them has to be seen before and not after.
//
// Invariants:
//
//   - What a Commit wrote is in the log as long as it is not in the tables. These say up to
//     which entry of the log they have everything.
//   - Who reads what a Commit wrote that has returned sees it: it is in the tables, or there
//     is a generation that has it, which is settled first.
//   - Settling and the log's order are that of commits.

const (
	// LogBytes is how large the log of a broker is.
	LogBytes = 8 << 20

	// settleRecords is from how many records in the log on they are settled: so many that
	// most short tasks have ended by then, and that a reader waits some milliseconds at most.
	settleRecords = 4096

	// settleAfter is for how long something is in the log alone.
	settleAfter = 250 * time.Millisecond

	// loggedMax bounds the payloads of a commit that goes to the log, together and each.
	loggedMax    = 256 << 10
	loggedOneMax = 16 << 10
)

// ahead is what a store has committed to its log. Nil is none, and a store without.
type ahead struct {
	bytes  int64 // of the log
	step   int   // records that are settled together, at least
	inline bool  // by a commit, and not beside it

	// A commit to the log holds commits, and so does who changes what is written next.
	commits sync.Mutex
	log     wal.Log
	last    wal.ID // of the last entry

	mu      sync.Mutex  // guards what follows
	now     *generation // to which commits go
	before  *generation // that is being settled, nil for none
	spare   *generation // for use again, nil for none
	settles bool        // somebody is about to settle
	count   uint64      // generations that were settled
	timer   *time.Timer
	highest journal.ID // that was given
}

// generation is what is settled together.
type generation struct {
	records []journal.Record
	entries []byte // that were written; payloads of the records point into it
	last    uint64 // the number of the last

	n     int  // records that are committed
	much  bool // they have taken much of the log
	tasks map[journal.ID]stand
	keys  map[string]bool // that were submitted

	pruning pruning
}

func newGeneration() *generation {
	return &generation{tasks: map[journal.ID]stand{}, keys: map[string]bool{}}
}

// empty makes a generation one that has nothing, in the same memory.
func (g *generation) empty() *generation {
	clear(g.records)
	clear(g.tasks)
	clear(g.keys)
	*g = generation{records: g.records[:0], entries: g.entries[:0], tasks: g.tasks, keys: g.keys}
	if cap(g.entries) > arenaMax {
		g.entries = nil
	}
	return g
}

// encode appends an entry with the records, and the records themselves with payloads of
// their own. Nobody else sees them before the generation has committed them.
func (g *generation) encode(records []journal.Record, id wal.ID) (entry []byte) {
	start := len(g.entries)
	g.entries = wal.Begin(g.entries)
	for i := range records {
		r := records[i]
		g.entries, r.Payload = journal.AppendLogged(g.entries, &r)
		g.records = append(g.records, r)
	}
	entry = g.entries[start:]
	wal.Seal(entry, id)
	return entry
}

// forget takes back what encode has appended.
func (g *generation) forget(entry []byte) {
	g.entries = g.entries[:len(g.entries)-len(entry)]
	clear(g.records[g.n:])
	g.records = g.records[:g.n]
}

// commit takes in that all its records are durable, up to an entry.
func (g *generation) commit(last uint64, much bool) { g.n, g.last, g.much = len(g.records), last, much }

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
	if err := s.checkAhead(records); err != nil {
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
	g.commit(id.Seq, a.log.Filling())
	return true, nil
}

// settleSoon has the generation settled if that is due, or later.
func (s *Store) settleSoon() error {
	a := s.ahead
	a.mu.Lock()
	due := a.now.n >= a.step
	starts := (due || a.now.much) && !a.inline && !a.settles
	a.settles = a.settles || starts
	if a.timer == nil && !a.inline {
		a.timer = time.AfterFunc(settleAfter, func() { _ = s.settle() }) // the next commit says what failed
	}
	a.mu.Unlock()
	switch {
	case starts:
		go func() { _ = s.settle() }()
	case due && a.inline:
		return s.settle()
	}
	return nil
}

// settle brings into the tables all that is in the log alone.
func (s *Store) settle() error {
	s.settling.Lock()
	defer s.settling.Unlock()
	if s.closed { // who wants it is late
		return nil
	}
	return s.settleLocked()
}

// settleLocked is settle for who holds settling.
func (s *Store) settleLocked() error {
	if s.ahead == nil {
		return nil
	}
	return s.commitLocked(nil, pruning{})
}

// settleLast is settle for the end. After a failure what is in the log stays there, for the
// next opening.
func (s *Store) settleLast() error {
	var err error
	if s.failed.Load() == nil {
		err = s.settle()
	}
	s.settling.Lock()
	defer s.settling.Unlock()
	s.closed = true
	if s.ahead != nil {
		s.ahead.stop()
	}
	return err
}

// alone runs fn while nothing is in the log and nobody commits.
func (s *Store) alone(fn func() error) error {
	s.settling.Lock()
	defer s.settling.Unlock()
	if err := s.settleLocked(); err != nil {
		return err
	}
	if s.ahead != nil {
		s.ahead.commits.Lock()
		defer s.ahead.commits.Unlock()
	}
	return fn()
}

// catchUp is settle for who is going to read the tables.
func (s *Store) catchUp() error {
	if s.ahead == nil || !s.ahead.has(func(g *generation) bool { return g.n > 0 }) {
		return nil
	}
	return s.settle()
}

// catchUpOn is catchUp for who is going to read what begins or ends with a task.
func (s *Store) catchUpOn(id journal.ID) error {
	if s.ahead == nil || !s.ahead.has(func(g *generation) bool { return g.tasks[id].edge }) {
		return nil
	}
	return s.settle()
}

// catchUpWith is catchUp for who is going to read all of a task.
func (s *Store) catchUpWith(id journal.ID) error {
	if s.ahead == nil || !s.ahead.has(func(g *generation) bool { _, has := g.tasks[id]; return has }) {
		return nil
	}
	return s.settle()
}

// catchUpSaved is catchUp for who is going to read a task's checkpoint.
func (s *Store) catchUpSaved(id journal.ID) error {
	if s.ahead == nil || !s.ahead.has(func(g *generation) bool { return g.tasks[id].edge || g.tasks[id].saved }) {
		return nil
	}
	return s.settle()
}

// catchUpKey is catchUp for who is going to read whose a client's key is.
func (s *Store) catchUpKey(key string) error {
	if s.ahead == nil || !s.ahead.has(func(g *generation) bool { return g.keys[key] }) {
		return nil
	}
	return s.settle()
}

// has tells whether something is in one of the generations that are not in the tables.
func (a *ahead) has(it func(*generation) bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return it(a.now) || a.before != nil && it(a.before)
}

// Logged returns how many records are in the log alone.
func (s *Store) Logged() (records int) {
	if s.ahead == nil {
		return 0
	}
	s.ahead.has(func(g *generation) bool {
		records += g.n
		return false
	})
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
	a.has(func(g *generation) bool {
		for key := range g.keys {
			if span.Has(key) {
				keys = append(keys, key)
			}
		}
		same = a.count == settled
		return false
	})
	slices.Sort(keys)
	return keys, same
}

// take returns the generation that is settled next, and has commits go to another one. It
// waits for one that is under way.
func (a *ahead) take() *generation {
	a.commits.Lock()
	defer a.commits.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settles = false
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
	a.before, a.now = a.now, a.spare
	if a.now == nil {
		a.now = newGeneration()
	}
	a.spare = nil
	if a.before.n > 0 {
		a.log.Turn()
	}
	return a.before
}

// settled takes in that the generation is in the tables.
func (a *ahead) settled() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spare, a.before = a.before.empty(), nil
	a.count++
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

// stop has nothing be settled later on.
func (a *ahead) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.timer != nil {
		a.timer.Stop()
	}
}
