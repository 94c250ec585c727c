package bolt

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/tree"
)

// CommitAndPrune implements journal.Store. It finds what is due at the front of the indexes by
// time; when nothing is due it reads the first entry of each, and without records it then
// writes nothing, unless tasks that ended late are to be folded. If the records go to the
// log, it prunes later, when they are brought into the tables, and a later call returns how
// many were forgotten.
func (s *Store) CommitAndPrune(records []journal.Record, r journal.Retention, limit int) (forgot int, damage, err error) {
	p := pruning{r, limit}
	if s.takes(records) {
		s.ahead.prune(p)
		err = s.commitAhead(records)
	} else {
		err = s.commitNow(records, p)
	}
	forgot, damage = s.pruned.take()
	return forgot, damage, err
}

// pruning is what is to be forgotten. The zero value is nothing.
type pruning struct {
	retention journal.Retention
	limit     int
}

// add has another step be taken with this one.
func (p *pruning) add(o pruning) {
	if o.limit > 0 {
		*p = pruning{o.retention, p.limit + o.limit}
	}
}

// outcome is what pruning has come to that nobody has been told of.
type outcome struct {
	mu     sync.Mutex
	forgot int
	damage error
	said   map[string]bool // damage that was told: each step comes to a damaged page
}

// saidMax is of how much damage it is remembered that it was told.
const saidMax = 1024

// add takes in what came of a step; damage that is nil is none.
func (o *outcome) add(forgot int, damage ...error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.forgot += forgot
	for _, err := range damage {
		if err == nil || o.said[err.Error()] {
			continue
		}
		if o.said == nil || len(o.said) == saidMax {
			o.said = make(map[string]bool)
		}
		o.said[err.Error()] = true
		o.damage = errors.Join(o.damage, err)
	}
}

// take returns it, for who tells.
func (o *outcome) take() (forgot int, damage error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	forgot, damage = o.forgot, o.damage
	o.forgot, o.damage = 0, nil
	return forgot, damage
}

// choose picks what a step of pruning forgets. It reads as any reader does, whom a
// damaged page costs no more than an answer. An error is one of the disk.
func (s *Store) choose(p pruning) (c choice, err error) {
	c = choice{retention: p.retention, looks: p.limit, stays: s.stays}
	if p.limit <= 0 {
		return c, nil
	}
	err = s.viewFile(func(f *files, tx *bbolt.Tx) error {
		c.now, c.sound = s.snapshot(f, tx), f.sound.in(tx)
		if c.done, err = c.now.ways.in(bucketDone); err != nil {
			return err
		}
		return c.choose()
	})
	if errors.Is(err, journal.ErrCorrupt) {
		c.tell(err)
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("choose what to prune: %w", err)
	}
	return c, err
}

// choice is what one step of pruning forgets.
type choice struct {
	now       snapshot
	done      *tree.Cursor // of that bucket
	sound     *sound
	retention journal.Retention
	looks     int // entries that may still be looked at
	stays     stays

	victims []victim
	expired []expired
	strays  []place // whose rows cannot be read
	damage  []error
}

// damageMax bounds what is told of one step: a damaged page has many tasks.
const damageMax = 16

func (c *choice) tell(damage error) {
	if len(c.damage) < damageMax {
		c.damage = append(c.damage, damage)
	}
}

// place is an entry of an index. The zero value is none: a member has none.
type place struct{ bucket, key []byte }

// victim is a task to forget.
type victim struct {
	place    place
	id       journal.ID
	late     bool // its row is not in done, but in late
	bodyKept bool
	stone    *journal.Tombstone // what stays of it, nil if it had no key
}

// expired is a tombstone to forget.
type expired struct {
	place place
	stone journal.Tombstone
}

func (c *choice) empty() bool { return len(c.victims)+len(c.expired)+len(c.strays) == 0 }

// choose picks what is due from the front of each index.
func (c *choice) choose() error {
	have, err := readCounters(c.now.tx)
	if err != nil {
		return err
	}
	r := &c.retention
	for _, w := range []indexWalk{
		{c, bucketEnds, excess(have.ends, r.Ended), r.NowMS - r.EndedMS, c.takeTask},
		{c, bucketDue, excess(have.due, r.Asked), r.NowMS, c.takeTask},
		{c, bucketAges, excess(have.gone, r.Keys), r.NowMS - r.KeysMS, c.takeTombstone},
	} {
		if err := c.leaves(w.bucket, nil, w.leaf); err != nil {
			return err
		}
	}
	return nil
}

func excess(have, keep uint64) uint64 { return have - min(have, keep) }

// leaves calls fn with the leaves of a bucket from a key on, and whether what they have may be
// deleted. That it may not is told.
func (c *choice) leaves(bucket, from []byte, fn func(l *tree.Leaf, may bool) (more bool, err error)) error {
	b, err := treeOf(c.now.tx).Bucket(string(bucket))
	if err != nil {
		return damage(err)
	}
	walk := tree.Walk{From: from, Damage: func(err error) { c.tell(damage(err)) }}
	return damage(b.Leaves(walk, func(l *tree.Leaf) (bool, error) {
		if l.Len() == 0 {
			return true, nil
		}
		err := c.sound.mayDelete(bucket, l.Key(0))
		if err != nil {
			c.tell(err)
		}
		return fn(l, err == nil && l.Sound())
	}))
}

// indexWalk is a walk through an index: it takes entries that are in excess or from before a time,
// as far as the step goes.
type indexWalk struct {
	*choice
	bucket   []byte
	excess   uint64
	beforeMS int64
	take     func(place, journal.ID) error
}

// leaf takes entries of a leaf. Where that may not be written it is passed over, and what it has is
// kept besides.
func (w *indexWalk) leaf(l *tree.Leaf, may bool) (more bool, err error) {
	if !may {
		w.excess -= min(w.excess, uint64(l.Len()))
		return true, nil
	}
	for n := range l.Len() {
		if more, err := w.entry(l.Key(n)); err != nil || !more {
			return false, err
		}
	}
	return true, nil
}

func (w *indexWalk) entry(key []byte) (more bool, err error) {
	at, err := stampOf(w.bucket, key)
	if err != nil {
		w.tell(err)
		return true, nil
	}
	atMS, id := at.Split()
	if w.looks <= 0 || w.excess == 0 && atMS >= w.beforeMS {
		return false, nil
	}
	w.looks--
	spot := place{w.bucket, at[:]}
	err = naming(id, "prune", lost(looked(w.now.tx, func() error { return w.take(spot, id) })))
	switch {
	case err == nil:
		w.excess -= min(w.excess, 1)
	case errors.Is(err, journal.ErrCorrupt):
		w.tell(err)
		w.strays = append(w.strays, spot)
	default:
		return false, err
	}
	return true, nil
}

// takeTask picks a task and, before it, its members: as many as the step may look
// at. While some are left the task stays.
func (c *choice) takeTask(at place, id journal.ID) error {
	row, err := c.ended(id)
	if err != nil {
		return err
	}
	v, end, err := newVictim(id, row)
	if err == nil && !at.is(&end) {
		err = fmt.Errorf("%w: it is to be forgotten at another time", journal.ErrCorrupt)
	}
	if err = andThen(err, func() error { return c.mayForget(&v, row) }); err != nil {
		return err
	}
	if end.Members > 0 {
		c.looks++ // it is looked at again when they have gone
		if err := c.takeMembers(id, end.Members); err != nil || c.looks <= 0 {
			return err
		}
		c.looks--
		clear(c.stays)
	}
	v.place = at
	c.victims = append(c.victims, v)
	return nil
}

// ended returns the row of a task that has ended. A cursor may come to the leaf behind as well:
// where that can't be looked at, the row is looked up without one.
func (c *choice) ended(id journal.ID) (l lateRow, err error) {
	err = looked(c.now.tx, func() error {
		l.row, err = c.done.Find(id[:])
		return err
	})
	switch {
	case l.row != nil:
		return l, nil
	case err == nil:
		return c.now.endedLate(id)
	}
	return c.now.ended(id)
}

// mayForget tells whether nothing is damaged where something is written when a task with this row
// is forgotten.
func (c *choice) mayForget(v *victim, row lateRow) error {
	err := c.mayForgetRow(v, row)
	if v.bodyKept {
		err = cmp.Or(err, c.sound.mayDelete(bucketOpen, v.id[:]))
	}
	switch {
	case v.stone == nil:
		return err
	case c.retention.Keys == 0:
		return cmp.Or(err, c.sound.mayDelete(bucketKeys, []byte(v.stone.Key)))
	}
	return cmp.Or(err, c.sound.mayPut(bucketGone, v.id[:]))
}

// mayForgetRow is mayForget for the row and the result alone.
func (c *choice) mayForgetRow(v *victim, row lateRow) error {
	id := v.id[:]
	if !v.late {
		return cmp.Or(c.sound.mayDelete(bucketDone, id), c.sound.mayDelete(bucketResult, id))
	}
	place := row.place()
	err := cmp.Or(c.sound.mayDelete(bucketLate, place), c.sound.mayDelete(bucketLateResults, place))
	base, lost := c.now.ways.find(bucketState, id)
	if err = cmp.Or(err, lost); base != nil {
		return err
	}
	return cmp.Or(err, c.sound.mayDelete(bucketPlaces, id))
}

// newVictim reads what is to be known of a task that is forgotten, and its end. All of the
// row is read of a task alone that had a key.
func newVictim(id journal.ID, row lateRow) (v victim, end journal.Record, err error) {
	end, keyed, err := journal.DecodeEnd(id, row.row)
	v = victim{id: id, late: !row.id.IsZero(), bodyKept: end.KeepBody}
	if err != nil || !keyed {
		return v, end, err
	}
	e, err := journal.DecodeEntry(id, row.row)
	if err == nil && e.Task.Spec.Key != "" {
		stone := e.Task.Bury()
		v.stone = &stone
	}
	return v, end, err
}

// is tells whether this is the place in the indexes of a task that has ended so.
func (p place) is(end *journal.Record) bool {
	bucket, at, ok := index(end)
	return ok && bytes.Equal(bucket, p.bucket) && bytes.Equal(at[:], p.key)
}

// lost makes damage of an entry whose row isn't there.
func lost(err error) error {
	if errors.Is(err, journal.ErrNotFound) {
		err = fmt.Errorf("%w: its row is missing", journal.ErrCorrupt)
	}
	return err
}

// stays is up to which one damage keeps all members of a task that is about to be forgotten. Each
// step begins behind that: if it looked at them again, and they were as many as it may look at, it
// would never come to any other. It is kept until the task is chosen.
type stays map[members]journal.ID

// members are those of a task in one bucket.
type members struct {
	bucket string
	whole  journal.ID
}

// takeMembers picks members of a task in the order of their IDs: of those in done, and of those that
// damage has kept from there. One that can't be read is passed by, and so are all in a leaf where
// nothing may be deleted.
func (c *choice) takeMembers(whole journal.ID, count uint32) error {
	var all []victim
	looked := 0
	for _, bucket := range [][]byte{bucketDone, bucketPlaces} {
		m := memberWalk{choice: c, members: members{string(bucket), whole}, after: whole, last: journal.IDPlus(whole, count), left: c.looks}
		if stays, some := c.stays[m.members]; some {
			m.after = stays
		}
		if err := c.leaves(bucket, m.after[:], m.leaf); err != nil {
			return err
		}
		all = append(all, m.found...)
		looked += c.looks - m.left
	}
	slices.SortFunc(all, func(a, b victim) int { return a.id.Compare(b.id) })
	c.victims = append(c.victims, all[:min(len(all), c.looks)]...)
	c.looks -= looked
	return nil
}

// memberWalk is a walk through members.
type memberWalk struct {
	*choice
	members
	after, last journal.ID
	left        int // that may still be looked at
	found       []victim
}

func (m *memberWalk) leaf(l *tree.Leaf, may bool) (more bool, err error) {
	if !may {
		return true, nil
	}
	for n := range l.Len() {
		key := l.Key(n)
		switch {
		case bytes.Compare(key, m.after[:]) <= 0:
			continue
		case m.left <= 0 || bytes.Compare(key, m.last[:]) > 0:
			return false, nil
		}
		m.left--
		id, err := idOf(key)
		if err == nil {
			err = looked(m.now.tx, func() error { return m.member(id, l.Value(n)) })
		}
		if err == nil {
			continue
		}
		m.tell(naming(id, "prune", err))
		if len(m.found) == 0 {
			m.stays[m.members] = id
		}
	}
	return true, nil
}

// member finds a member of which the bucket has a value.
func (m *memberWalk) member(id journal.ID, value []byte) (err error) {
	row := lateRow{row: value}
	if m.bucket == string(bucketPlaces) {
		row, err = m.now.lateRow(id)
	}
	if err != nil {
		return err
	}
	v, _, err := newVictim(id, row)
	if err = andThen(err, func() error { return m.mayForget(&v, row) }); err == nil {
		m.found = append(m.found, v)
	}
	return err
}

func (c *choice) takeTombstone(at place, id journal.ID) error {
	stone, err := readTombstone(c.now.tx, id)
	if err == nil {
		err = cmp.Or(c.sound.mayDelete(bucketGone, id[:]), c.sound.mayDelete(bucketKeys, []byte(stone.Key)))
	}
	if err != nil {
		return err
	}
	c.expired = append(c.expired, expired{at, stone})
	return nil
}
