package bolt

import (
	"bytes"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/tree"
)

// lateRow is the row of a task that ended late, and where it is; nil for one that did not,
// empty for one that is forgotten.
type lateRow struct {
	hint
	row []byte
}

// entry returns the task. ErrNotFound if it is forgotten.
func (l *lateRow) entry() (journal.Entry, error) {
	if journal.IsEmptySeal(l.row) {
		return journal.Entry{}, journal.ErrNotFound
	}
	return journal.DecodeEntry(l.id, l.row)
}

// snapshot is a read transaction, with what answers from it need besides.
type snapshot struct {
	*files
	tx    *bbolt.Tx
	ways  *ways
	hints *hints
	found uint64     // see late
	pages *tree.File // to be read in place of the engine's tables by who goes on behind damage; nil for not
}

// carefully runs fn. For who goes on behind damage, a page that bbolt panics about ends fn alone.
func (s snapshot) carefully(fn func() error) error {
	if s.pages == nil {
		return fn()
	}
	return looked(s.tx, fn)
}

func (s *Store) snapshot(f *files, tx *bbolt.Tx) snapshot {
	return snapshot{files: f, tx: tx, ways: newWays(tx), hints: &s.late.hints, found: s.late.found}
}

// over returns the row that a task has over its base, if that is there.
func (s snapshot) over(id journal.ID) (l lateRow, err error) {
	if h, hinted := s.hints.find(id); hinted {
		return s.overAt(h)
	}
	return l, nil
}

// overAt is over for a task's hint.
func (s snapshot) overAt(h hint) (l lateRow, err error) {
	l.hint = h
	if l.row, err = s.ways.find(bucketLate, h.place()); l.row == nil && err == nil {
		err = s.miss(s.tx, bucketLate, h.place()) // it ends in a later transaction, as a rule
	}
	return l, err
}

// overBase is over for a base that is there.
func (s snapshot) overBase(id journal.ID) (lateRow, error) {
	l, err := s.over(id)
	return l, andThen(err, func() error { return s.isMissing(l) })
}

// isMissing tells of a task that has ended late, and whose row is not there.
func (s snapshot) isMissing(l lateRow) error {
	if l.row != nil || !s.isOver(l.hint) {
		return nil
	}
	return fmt.Errorf("%w: task %s has ended, and its row in bucket late is missing", journal.ErrCorrupt, l.id)
}

// isOver tells of a task with a base and this hint that it has ended late, whether or not its row
// can be read. It is so for those that the opening has found.
func (s snapshot) isOver(h hint) bool { return h.seq < s.found && !h.id.IsZero() }

// lateRow returns the row of a task that ended late, folded or not.
func (s snapshot) lateRow(id journal.ID) (l lateRow, err error) {
	if l, err = s.over(id); err != nil || l.row != nil {
		return l, err
	}
	sealed, err := s.ways.find(bucketPlaces, id[:])
	if sealed == nil {
		return l, err
	}
	if l.hint, err = openSeq(id, sealed); err != nil {
		return l, err
	}
	if l.row, err = s.ways.find(bucketLate, l.place()); l.row == nil && err == nil {
		err = fmt.Errorf("%w: its row is missing", journal.ErrCorrupt)
	}
	return l, err
}

// hides tells whether a row of the bucket state is of a task that ended late. Damage is of the page
// that would tell how: the task has ended nevertheless.
func (s snapshot) hides(id journal.ID) (hidden bool, damage, err error) {
	h, hinted := s.hints.find(id)
	if !hinted {
		return false, nil, nil
	}
	var l lateRow
	err = looked(s.tx, func() (err error) {
		l, err = s.overAt(h)
		return err
	})
	if s.isOver(h) && errors.Is(err, journal.ErrCorrupt) {
		return true, err, nil
	}
	return l.row != nil, nil, andThen(err, func() error { return s.isMissing(l) })
}

// lateIterator walks through the tasks that ended late, either way, in order of their
// IDs: those that are folded, by places, and the others, by hints.
type lateIterator struct {
	snapshot
	places iterator
	hint   hint // the next that is not folded; of no task at the end
	row    lateRow
	err    error
}

func (s snapshot) newLateIterator(r journal.Range) *lateIterator {
	i := &lateIterator{snapshot: s, places: s.newIterator(bucketPlaces, r)}
	i.hint.id = r.After
	i.nextHint()
	i.settle()
	return i
}

// nextHint moves to the next hint of a task with a base and a row over it.
func (i *lateIterator) nextHint() {
	for {
		h, more := i.hints.next(i.hint.id, i.places.descending)
		if i.hint = h; !more {
			return
		}
		var l lateRow
		err := i.carefully(func() (err error) {
			base, err := i.ways.find(bucketState, h.id[:])
			if base != nil {
				l, err = i.over(h.id)
			}
			return err
		})
		if err != nil || l.row != nil && !journal.IsEmptySeal(l.row) {
			return // an error is told when it is there, see settle
		}
	}
}

// settle finds the row at which the iterator is.
func (i *lateIterator) settle() {
	id := i.id()
	if i.row = (lateRow{hint: hint{id: id}}); id.IsZero() {
		return
	}
	i.err = i.carefully(func() (err error) {
		i.row, err = i.lateRow(id)
		return err
	})
	i.row.id = id
}

// id is where the iterator is, zero at the end.
func (i *lateIterator) id() (id journal.ID) {
	hinted := !i.hint.id.IsZero()
	if i.places.key != nil && (!hinted || string(i.places.key) < string(i.hint.id[:]) != i.places.descending) {
		copy(id[:], i.places.key)
		return id
	}
	return i.hint.id
}

func (i *lateIterator) at() []byte {
	if i.row.id.IsZero() {
		return nil
	}
	return i.row.id[:]
}

func (i *lateIterator) sealed() []byte { return i.row.row }

func (i *lateIterator) step() {
	if bytes.Equal(i.places.key, i.row.id[:]) {
		i.places.step()
	} else {
		i.nextHint()
	}
	i.settle()
}

func (i *lateIterator) entry() (journal.Entry, error) {
	if i.err != nil {
		return journal.Entry{}, i.err
	}
	return i.row.entry()
}
