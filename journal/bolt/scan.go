package bolt

import (
	"cmp"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// Scan implements journal.Store. All tasks of one Scan are as of the same moment.
func (s *Store) Scan(r journal.Range, fn func(journal.Entry) error) (more bool, err error) {
	if err := s.catchUp(); err != nil {
		return false, err
	}
	var page []journal.Entry
	damage := s.viewFile(func(f *files, tx *bbolt.Tx) error {
		if page, more, err = s.snapshot(f, tx).readPage(r); err != nil || !r.Ended {
			return err
		}
		low, high := reach(r, page, more)
		err = f.covers(tx, low, high)
		return err
	})
	// What was read before a damaged row is good, and is the caller's.
	for _, e := range page {
		if err := fn(e); err != nil {
			return more, err
		}
	}
	return more && damage == nil, damage
}

// rows is a walk through the rows of some tasks, in order of their IDs.
type rows interface {
	at() []byte // the ID, nil at the end
	step()
	sealed() []byte // the row, nil if it can't be read
	entry() (journal.Entry, error)
}

// readPage merges live and ended tasks in order of ID.
func (s snapshot) readPage(r journal.Range) (page []journal.Entry, more bool, err error) {
	walks := s.walks(r)
	passed := 0
	for {
		from := first(walks, r.Descending)
		if from == nil {
			return page, false, nil
		}
		if len(page) == r.PageLimit() {
			return page, true, nil
		}
		if passed < passedMax && unwanted(from, r.EndedAs) {
			passed++
			from.step()
			continue
		}
		e, err := from.entry()
		if err != nil {
			return page, false, err
		}
		page = append(page, e)
		if passed == passedMax { // wanted or not, it tells how far the scan has come
			return page, true, nil
		}
		from.step()
	}
}

// passedMax is how many tasks a scan passes by that have ended otherwise than was asked
// for: about a millisecond's.
const passedMax = 2048

// unwanted tells whether a task has ended in another state than this one; 0 for all. One
// that is damaged is wanted: who reads it is told.
func unwanted(from rows, state journal.State) bool {
	if state == 0 {
		return false
	}
	id, err := idOf(from.at())
	if err != nil {
		return false
	}
	ended, err := journal.EndState(id, from.sealed())
	return err == nil && ended != 0 && ended != state
}

// walks returns those that have what the range wants.
func (s snapshot) walks(r journal.Range) (walks []rows) {
	if r.Live {
		walks = append(walks, s.newLiveIterator(r))
	}
	if r.Ended {
		ended := newIterator(s.tx.Bucket(bucketDone), r)
		walks = append(walks, &ended, s.newLateIterator(r))
	}
	return walks
}

// first returns the walk that is at the first ID; nil if all are at their end.
func first(walks []rows, descending bool) (least rows) {
	for _, w := range walks {
		if w.at() != nil && (least == nil || string(w.at()) < string(least.at()) != descending) {
			least = w
		}
	}
	return least
}

// reach returns the first and the last ID that a page of a scan tells about; zero is
// no bound.
func reach(r journal.Range, page []journal.Entry, more bool) (low, high journal.ID) {
	low = r.After
	if more {
		high = page[len(page)-1].Task.ID
	}
	if r.Descending {
		return high, low
	}
	return low, high
}

// iterator walks through a bucket of rows, either way. The zero value is at
// its end.
type iterator struct {
	cursor     *bbolt.Cursor
	descending bool
	key, row   []byte // key is nil at the end

	checkpoints *bbolt.Bucket // of live tasks; nil for ended ones, which have none

	hides func(journal.ID) (bool, error) // nil if every row is one that counts
	err   error
}

// newLiveIterator walks through the tasks that have not ended.
func (s snapshot) newLiveIterator(r journal.Range) *iterator {
	i := newIterator(s.tx.Bucket(bucketState), r)
	i.checkpoints = s.tx.Bucket(bucketCheckpoints)
	if s.hints.len() > 0 {
		i.hides = s.hides
		i.pass()
	}
	return &i
}

// pass passes by rows that are hidden.
func (i *iterator) pass() {
	for i.key != nil && i.hides != nil {
		id, err := idOf(i.key)
		if err != nil {
			return // told by who reads it
		}
		hidden, err := i.hides(id)
		if i.err = err; err != nil || !hidden {
			return
		}
		i.move()
	}
}

func (i *iterator) at() []byte { return i.key }

func (i *iterator) sealed() []byte { return i.row }

func newIterator(b *bbolt.Bucket, r journal.Range) iterator {
	i := iterator{cursor: b.Cursor(), descending: r.Descending}
	var zero journal.ID
	switch {
	case r.After == zero && r.Descending:
		i.key, i.row = i.cursor.Last()
	case r.After == zero:
		i.key, i.row = i.cursor.First()
	default:
		i.seek(r.After)
	}
	return i
}

// seek moves to the first task beyond id.
func (i *iterator) seek(id journal.ID) {
	i.key, i.row = i.cursor.Seek(id[:]) // at id, or above it, or at the end
	switch {
	case i.key == nil && i.descending:
		i.key, i.row = i.cursor.Last()
	case i.descending || string(i.key) == string(id[:]):
		i.step()
	}
}

func (i *iterator) step() {
	i.move()
	i.pass()
}

func (i *iterator) move() {
	if i.descending {
		i.key, i.row = i.cursor.Prev()
	} else {
		i.key, i.row = i.cursor.Next()
	}
}

func (i *iterator) entry() (journal.Entry, error) {
	id, err := idOf(i.key)
	if err = cmp.Or(i.err, err); err != nil {
		return journal.Entry{}, err
	}
	if i.checkpoints != nil {
		return liveEntry(i.checkpoints, id, i.row)
	}
	return journal.DecodeEntry(id, i.row)
}

func idOf(key []byte) (id journal.ID, err error) {
	if copy(id[:], key) != idBytes || len(key) != idBytes {
		return id, fmt.Errorf("%w: a task's key has %d bytes", journal.ErrCorrupt, len(key))
	}
	return id, nil
}
