package bolt

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/wal"
	"bcp/migrations"
)

// Commit implements journal.Store. If there is a log and the records are small, they are
// written to the log only, and reach the tables later (see ahead.go).
func (s *Store) Commit(records []journal.Record) error {
	if len(records) == 0 {
		return s.failure()
	}
	if s.takes(records) {
		return s.commitAhead(records)
	}
	return s.commitNow(records, pruning{})
}

// commitNow brings the records into the tables, behind what is in the log alone. It prunes
// as well, if that is asked for now or was before.
func (s *Store) commitNow(records []journal.Record, p pruning) error {
	s.settling.Lock()
	defer s.settling.Unlock()
	if p.limit > 0 { // what has ended in the log can be forgotten as well
		if err := s.settleLocked(); err != nil {
			return err
		}
	}
	return s.commitLocked(records, p)
}

// commitLocked is commitNow for who holds settling. After a failure what the log has stays
// where it is, for who wants to read it.
func (s *Store) commitLocked(records []journal.Record, p pruning) error {
	if err := s.failure(); err != nil {
		return err
	}
	if s.ahead == nil {
		return s.commitPruned(records, p, wal.ID{})
	}
	return andThen(s.turnLog(), func() error { return s.bring(records, p) })
}

// commitPruned chooses what to forget, and commits the records behind that.
func (s *Store) commitPruned(records []journal.Record, p pruning, entry wal.ID) error {
	c, err := s.choose(p)
	if err != nil {
		if len(records) > 0 {
			s.fail(err)
		}
		return err
	}
	if len(records) > 0 || !c.empty() || s.late.sweeps() {
		if err := s.commit(records, &c, entry); err != nil {
			return err
		}
	}
	s.pruned.add(len(c.victims)+len(c.expired), c.damage...)
	return nil
}

// commit writes the records, right behind what pruning has chosen. All are in one bbolt
// transaction; a task with several records in the batch is written once. With them the log
// is in the tables up to an entry; the zero value is none.
func (s *Store) commit(records []journal.Record, c *choice, entry wal.ID) error {
	err := s.update(func(w *writer) error {
		w.reserve(records)
		if err := w.forget(c); err != nil {
			return err
		}
		changes := s.batch.Changes(records)
		for i := range changes {
			w.prev, w.next = around(changes, i)
			if err := w.apply(&changes[i]); err != nil {
				return err
			}
		}
		return errors.Join(w.set(s.batch.Settings()), w.fold(), w.settled(entry))
	})
	s.batch.Reset() // lets go of the payloads
	if err != nil {
		return fmt.Errorf("commit %d records, prune %d tasks: %w", len(records), len(c.victims), err)
	}
	return nil
}

// update runs fn in a write transaction of this epoch and makes it durable.
// Any error makes the store fail for good: after a sync that failed, nobody
// knows what is on disk.
func (s *Store) update(fn func(*writer) error) error {
	if err := s.failure(); err != nil {
		return err
	}
	w := writer{follower: s.follower.Load()}
	s.chooseFreelistSync()
	err := s.transact(func(tx *bbolt.Tx) error {
		if err := w.begin(tx, s); err != nil {
			return err
		}
		if err := fn(&w); err != nil {
			return err
		}
		return w.finish()
	})
	s.keepArena(w.arena)
	s.keepStamps(w.stamps)
	if err != nil {
		s.fail(err)
		return err
	}
	if w.follower != nil {
		w.follower.add(w.touched)
	}
	s.publish(w.counters)
	s.pruned.add(0, w.damage...)
	s.late.forgetFolded()
	s.blobs.remove(w.doomed)
	return nil
}

// A commit leaves what it has allocated for the next: memory that is new to the process
// costs more than what is copied into it.
const (
	// arenaMin is left always: enough for a full batch of small tasks.
	arenaMin = 4 << 20

	// arenaMax is left at most.
	arenaMax = 32 << 20

	// arenaSpells is how many commits one after another may take less than a quarter of
	// it until it is given back: large and small ones take turns.
	arenaSpells = 64
)

func (s *Store) keepArena(arena []byte) {
	s.arena = arena[:0]
	s.spell++
	if len(arena) >= cap(arena)/4 {
		s.spell = 0
	}
	if cap(arena) > arenaMax || cap(arena) > arenaMin && s.spell >= arenaSpells {
		s.arena = nil
	}
}

// reserve makes room for the payloads of the records: to grow with each of them would
// copy those before again and again. Nothing is in the arena yet.
func (w *writer) reserve(records []journal.Record) {
	bytes := 0
	for i := range records {
		bytes += len(records[i].Payload)
	}
	if bytes > cap(w.arena) {
		w.arena = make([]byte, 0, bytes+bytes/4)
	}
}

// added takes in what was appended to the arena, and returns it.
func (w *writer) added(arena []byte) []byte {
	start := len(w.arena)
	w.arena = arena
	return arena[start:len(arena):len(arena)]
}

// writer is one write transaction.
type writer struct {
	tx                              *bbolt.Tx
	tables                          [len(migrations.Summed)]table
	open, state, done, result, keys *table
	settings, checkpoints           *table
	counters, before                counters
	sums, sumsBefore                migrations.Sums
	arena                           []byte
	stamps                          []entered    // that are put into indexes, see stamp.go
	doomed                          []journal.ID // blobs that nothing refers to after the commit
	follower                        *touched     // a copy that follows; nil if there is none
	touched                         []entryAt    // for it
	sound                           *sound
	damage                          []error // that was passed over

	// See late_commit.go.
	lateRows, lateResults *table
	places, unfolded      *table
	late                  *late
	store                 *Store
	prev, next            journal.ID // tasks beside the one that is changed, zero for none
}

func (w *writer) begin(tx *bbolt.Tx, s *Store) (err error) {
	if w.counters, err = readCounters(tx); err != nil {
		return err
	}
	if w.sums, err = migrations.ReadSums(tx); err != nil {
		return err
	}
	if err = s.checkEpoch(tx); err != nil {
		return err
	}
	w.tx, w.before, w.sumsBefore, w.arena, w.stamps = tx, w.counters, w.sums, s.arena, s.stamps
	for i := range w.tables {
		w.tables[i] = table{kind: &kinds[i], w: w}
	}
	w.open, w.state = w.table(bucketOpen), w.table(bucketState)
	w.done, w.result = w.table(bucketDone), w.table(bucketResult)
	w.keys, w.settings = w.table(bucketKeys), w.table(bucketSettings)
	w.checkpoints = w.table(bucketCheckpoints)
	w.lateRows, w.lateResults = w.table(bucketLate), w.table(bucketLateResults)
	w.places, w.unfolded = w.table(bucketPlaces), w.table(bucketUnfolded)
	w.late, w.store, w.sound = &s.late, s, s.files.sound.in(tx)
	return nil
}

func (w *writer) finish() error {
	if err := w.putStamps(); err != nil {
		return err
	}
	if w.sums != w.sumsBefore {
		if err := w.sums.Write(w.tx, w.store.meta.Schema); err != nil {
			return err
		}
	}
	if w.counters == w.before {
		return nil
	}
	return w.counters.write(w.tx)
}

// apply writes what a batch does to one task.
func (w *writer) apply(c *journal.Change) error {
	submit, end := c.Submit(), c.End()
	var old found
	var err error
	if submit != nil {
		err = w.admit(submit)
	} else {
		old, err = w.live(c)
	}
	if err == nil {
		err = w.save(c)
	}
	if err != nil || len(c.Records) == 0 {
		return err
	}
	arena, err := journal.AppendRow(w.arena, old.value, c.Records...) // a copy: the old row points into the file
	if err != nil {
		return err
	}
	row := w.added(arena)
	switch {
	case end != nil:
		return w.ended(submit, end, old, row)
	case submit != nil:
		return w.begun(submit, row)
	}
	return w.state.put(c.Task[:], old.value, row)
}

// live looks up the row of a task that goes on.
func (w *writer) live(c *journal.Change) (row found, err error) {
	if err := w.state.leads(c.Task[:]); err != nil {
		return row, naming(c.Task, "find", damage(err))
	}
	row = w.state.find(c.Task[:])
	switch {
	case row.value == nil && !w.state.lacks(c.Task[:]):
		err = naming(c.Task, "find", w.passedOver())
	case row.value == nil || w.over(c.Task) != nil:
		err = c.Unknown()
	}
	return row, err
}

// save writes the checkpoint of a task that goes on, and forgets that of one that
// ends.
func (w *writer) save(c *journal.Change) error {
	switch {
	case c.End() != nil:
		return w.checkpoints.remove(c.Task[:])
	case c.Checkpoint == nil:
		return nil
	}
	return w.checkpoints.replace(c.Task[:], w.added(journal.AppendCheckpoint(w.arena, c.Checkpoint)))
}

// set writes settings that were changed.
func (w *writer) set(settings []*journal.Record) error {
	for _, r := range settings {
		name := []byte(r.Setting.Name)
		if r.Setting.Gone {
			if err := w.settings.remove(name); err != nil {
				return err
			}
			continue
		}
		if err := w.settings.replace(name, w.added(journal.AppendSetting(w.arena, r))); err != nil {
			return err
		}
	}
	return nil
}

// admit takes in a new task's ID and key. IDs rise, so one that is not above
// all others is looked up before it is believed to be new.
func (w *writer) admit(submit *journal.Record) error {
	id := submit.Task
	if id.Compare(w.counters.last) > 0 {
		w.counters.last = submit.LastID()
	} else if err := w.reuse(id); err != nil {
		return err
	}
	if key := submit.Spec.Key; key != "" {
		return w.bind([]byte(key), id)
	}
	return nil
}

// bind has a client's key stand for a task. In a damaged page it doesn't, and who asks for the
// key is told of the damage: by the page (see miss.go); or where that doesn't tell, as of a key
// that has stood there for an earlier task, by what is remembered until the next opening. That
// is little, however many keys are kept from a page.
func (w *writer) bind(key []byte, id journal.ID) error {
	if w.keys.mayPut(key) {
		return w.putKey(key, id)
	}
	if damage := w.passedOver(); w.keys.has(key) || w.keys.lacks(key) {
		w.store.unbound.Store(string(key), damage)
	}
	return nil
}

// putKey has a client's key stand for a task, where it may be written.
func (w *writer) putKey(key []byte, id journal.ID) error {
	return w.keys.replace(key, w.added(journal.AppendKey(w.arena, key, id)))
}

// begun writes a new task that goes on.
func (w *writer) begun(submit *journal.Record, row []byte) error {
	w.late.rows++
	if err := w.state.put(submit.Task[:], nil, row); err != nil {
		return err
	}
	return w.mustPutPayload(w.open, submit)
}

// mustPut tells whether something of a task may be written that has no other place.
func (w *writer) mustPut(t *table, key []byte, id journal.ID) error {
	if t.mayPut(key) {
		return nil
	}
	return naming(id, "write", w.passedOver())
}

// passedOver returns the damage that was passed over last.
func (w *writer) passedOver() error { return w.damage[len(w.damage)-1] }

// ended moves a task to those that have ended. Submit is nil if the task was live
// in the file, with the old row.
func (w *writer) ended(submit, end *journal.Record, old found, row []byte) error {
	w.counters.ended++
	w.enter(end)
	if submit == nil && w.endsLate(end, old.value) {
		w.endLate(end, row)
		return nil
	}
	if err := w.leave(submit, end, old); err != nil {
		return err
	}
	if !w.done.mayPut(end.Task[:]) || !w.result.mayPut(end.Task[:]) {
		return w.endElsewhere(end, row)
	}
	if err := w.done.put(end.Task[:], nil, row); err != nil {
		return err
	}
	return w.putPayload(w.result, end)
}

// leave takes an ending task out of those that are live, but for a body that is
// kept.
func (w *writer) leave(submit, end *journal.Record, old found) error {
	if submit != nil {
		if !end.KeepBody {
			w.doom(submit.Blob)
			return nil
		}
		return w.mustPutPayload(w.open, submit)
	}
	w.late.rows--
	if err := old.drop(); err != nil || end.KeepBody {
		return err
	}
	return w.dropPayload(w.open, end.Task)
}
