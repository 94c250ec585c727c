package bolt

import (
	"cmp"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/tree"
)

// Scan implements journal.Store. All tasks of one Scan are as of the same moment.
func (s *Store) Scan(r journal.Range, fn func(journal.Entry) error) (more bool, err error) {
	if err := s.catchUp(); err != nil {
		return false, err
	}
	var page scanPage
	damage := s.viewFile(func(f *files, tx *bbolt.Tx) error {
		err := page.read(s.snapshot(f, tx), r)
		if err != nil || !r.Ended {
			return err
		}
		low, high := reach(r, page.entries, page.more)
		return f.covers(tx, low, high)
	})
	for _, e := range page.entries {
		if err := fn(e); err != nil {
			return page.more, err
		}
	}
	return page.more && journal.Passable(damage), damage
}

// rows is a walk through the rows of some tasks, in order of their IDs.
type rows interface {
	at() []byte // the ID, nil at the end
	step()
	sealed() []byte // the row, nil if it can't be read
	entry() (journal.Entry, error)
}

// scanPage is a page of tasks.
type scanPage struct {
	entries []journal.Entry
	more    bool
	damage  error // of the first row that was passed over
}

// read reads the page. Where bbolt can't go on it is read again without bbolt, which is slower
// and passes damaged pages over. An error is the damage, or of what can't be passed over.
func (p *scanPage) read(s snapshot, r journal.Range) error {
	err := looked(s.tx, func() error { return p.merge(s, r) })
	if errors.Is(err, journal.ErrCorrupt) {
		*p = scanPage{damage: err}
		s.pages = treeOf(s.tx)
		s.pages.Keep(soundBytes)
		err = looked(s.tx, func() error { return p.merge(s, r) })
	}
	if journal.Passable(err) {
		err = cmp.Or(p.damage, err)
	}
	return err
}

// merge merges live and ended tasks in order of ID. An error, or a panic, is of what can't be
// passed over.
func (p *scanPage) merge(s snapshot, r journal.Range) error {
	walks := s.walks(r)
	passed := 0
	for {
		from := first(walks, r.Descending)
		if from == nil {
			return nil
		}
		if len(p.entries) == r.PageLimit() {
			p.more = true
			return nil
		}
		if passed < passedMax && unwanted(from, r.EndedAs) {
			passed++
			from.step()
			continue
		}
		var e journal.Entry
		err := s.carefully(func() (err error) {
			e, err = from.entry()
			return err
		})
		if err := p.add(r, e, err); err != nil {
			return err
		}
		if passed == passedMax && len(p.entries) > 0 { // wanted or not, it tells how far the scan has come
			p.more = true
			return nil
		}
		from.step()
	}
}

// add takes in a task, unless it is damaged.
func (p *scanPage) add(r journal.Range, e journal.Entry, err error) error {
	last := r.After
	if n := len(p.entries); n > 0 {
		last = p.entries[n-1].Task.ID
	}
	switch {
	case err == nil && !last.IsZero() && (e.Task.ID.Compare(last) > 0) == r.Descending:
		return fmt.Errorf("%w: task %s is not in its place", journal.ErrCorrupt, e.Task.ID)
	case err == nil:
		p.entries = append(p.entries, e)
	case !journal.Passable(err):
		return err
	case p.damage == nil:
		p.damage = err
	}
	return nil
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
		ended := s.newIterator(bucketDone, r)
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
	cursor     *tree.Cursor
	pages      *tree.Bucket // in place of the cursor, if it is not nil
	descending bool
	key, row   []byte // key is nil at the end

	checkpoints *tree.Cursor // of live tasks; nil for ended ones, which have none

	hides  func(journal.ID) (hidden bool, damage, err error) // nil if every row is one that counts
	damage error                                             // of the first row that is hidden by a damaged page
	err    error
}

// newLiveIterator walks through the tasks that have not ended.
func (s snapshot) newLiveIterator(r journal.Range) *iterator {
	i := s.newIterator(bucketState, r)
	i.checkpoints = s.mustCursor(bucketCheckpoints)
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
		hidden, damage, err := i.hides(id)
		i.damage = cmp.Or(i.damage, damage)
		if i.err = err; err != nil || !hidden {
			return
		}
		i.move()
	}
}

func (i *iterator) at() []byte { return i.key }

func (i *iterator) sealed() []byte { return i.row }

func (s snapshot) newIterator(bucket []byte, r journal.Range) iterator {
	if s.pages != nil {
		return s.newPagesIterator(bucket, r)
	}
	i := iterator{cursor: s.mustCursor(bucket), descending: r.Descending}
	var zero journal.ID
	switch {
	case r.After == zero && r.Descending:
		i.is(i.cursor.Last())
	case r.After == zero:
		i.is(i.cursor.First())
	default:
		i.seek(r.After)
	}
	return i
}

// newPagesIterator is newIterator for who goes on behind damage. That of a bucket which can't be
// found is at its end.
func (s snapshot) newPagesIterator(bucket []byte, r journal.Range) iterator {
	pages, err := s.pages.Bucket(string(bucket))
	if err != nil {
		return iterator{}
	}
	i := iterator{pages: pages, descending: r.Descending}
	if !r.After.IsZero() {
		i.key = r.After[:]
	}
	i.move()
	return i
}

// seek moves to the first task beyond id.
func (i *iterator) seek(id journal.ID) {
	i.is(i.cursor.Seek(id[:])) // at id, or above it, or at the end
	switch {
	case i.key == nil && i.descending:
		i.is(i.cursor.Last())
	case i.descending || string(i.key) == string(id[:]):
		i.step()
	}
}

func (i *iterator) step() {
	i.move()
	i.pass()
}

func (i *iterator) move() {
	switch {
	case i.pages != nil:
		i.key, i.row = i.pages.Beyond(i.key, i.descending)
	case i.descending:
		i.is(i.cursor.Prev())
	default:
		i.is(i.cursor.Next())
	}
}

// mustCursor returns a cursor of its own in a bucket. Damage is a panic here and in iterator.is, as
// it is in the engine: who reads tables makes it an error of all that he reads.
func (s snapshot) mustCursor(bucket []byte) *tree.Cursor {
	c, err := s.ways.file.Cursor(string(bucket))
	if err != nil {
		panic(err)
	}
	return c
}

// is has the iterator be at an entry.
func (i *iterator) is(key, row []byte, err error) {
	if err != nil {
		panic(err)
	}
	i.key, i.row = key, row
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
