package bolt

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"sync"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// Prune implements journal.Store. What it looks at stands in front of the
// indexes: when nothing is due that is the first entry of each. It folds tasks as a
// commit does, for a broker that has nothing else to do.
func (s *Store) Prune(r journal.Retention, limit int) (int, error) {
	err := s.commitNow(nil, pruning{r, limit})
	forgot, damage := s.pruned.take()
	return forgot, cmp.Or(err, damage)
}

// CommitAndPrune implements journal.Store. Without records, and with nothing to forget
// or to fold, it writes nothing. With records that go to the log it prunes when these are
// settled, and a later call tells of that.
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
}

func (o *outcome) add(forgot int, damage error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.forgot += forgot
	o.damage = errors.Join(o.damage, damage)
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
	c = choice{retention: p.retention, looks: p.limit}
	if p.limit <= 0 {
		return c, nil
	}
	err = s.viewFile(func(f *files, tx *bbolt.Tx) error {
		c.now = s.snapshot(f, tx)
		return c.choose(tx)
	})
	if errors.Is(err, journal.ErrCorrupt) {
		c.damage, err = err, nil
	}
	if err != nil {
		err = fmt.Errorf("choose what to prune: %w", err)
	}
	return c, err
}

// choice is what one step of pruning forgets.
type choice struct {
	now       snapshot
	retention journal.Retention
	looks     int // entries that may still be looked at

	victims []victim
	expired []expired
	strays  []place // whose rows cannot be read
	damage  error
}

// place is an entry of an index. The zero value is none: a member has none.
type place struct{ bucket, key []byte }

// victim is a task to forget.
type victim struct {
	place    place
	id       journal.ID
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
func (c *choice) choose(tx *bbolt.Tx) error {
	have, err := readCounters(tx)
	if err != nil {
		return err
	}
	r := &c.retention
	if err := c.walk(tx, bucketEnds, excess(have.ends, r.Ended), r.NowMS-r.EndedMS, c.takeTask); err != nil {
		return err
	}
	if err := c.walk(tx, bucketDue, excess(have.due, r.Asked), r.NowMS, c.takeTask); err != nil {
		return err
	}
	return c.walk(tx, bucketAges, excess(have.gone, r.Keys), r.NowMS-r.KeysMS, c.takeTombstone)
}

func excess(have, keep uint64) uint64 { return have - min(have, keep) }

// walk takes the entries of an index that are in excess or from before the time,
// as far as the step goes.
func (c *choice) walk(tx *bbolt.Tx, bucket []byte, excess uint64, beforeMS int64, take func(*bbolt.Tx, place, journal.ID) error) error {
	var unread error // of the disk's: nothing is known of the entry
	err := eachEntry(tx, bucket, func(key []byte, atMS int64, id journal.ID) bool {
		if c.looks <= 0 || excess == 0 && atMS >= beforeMS {
			return false
		}
		c.looks--
		at := place{bucket, append([]byte{}, key...)} // key points into the file
		switch err := take(tx, at, id); {
		case err == nil:
			excess -= min(excess, 1)
		case errors.Is(err, journal.ErrCorrupt):
			c.damage = err
			c.strays = append(c.strays, at)
		default:
			unread = err
		}
		return unread == nil
	})
	return cmp.Or(unread, err)
}

// takeTask picks a task and, before it, its members: as many as the step may look
// at. While some are left the task stays.
func (c *choice) takeTask(tx *bbolt.Tx, at place, id journal.ID) error {
	row, err := c.now.endedRow(id)
	if err != nil {
		return lost(id, err)
	}
	v, end, err := newVictim(id, row)
	if err == nil && !at.is(&end) {
		err = fmt.Errorf("%w: it is to be forgotten at another time", journal.ErrCorrupt)
	}
	if err != nil {
		return lost(id, err)
	}
	if end.Members > 0 {
		c.looks++ // it is looked at again when they have gone
		if c.takeMembers(tx, id, end.Members); c.looks <= 0 {
			return nil
		}
		c.looks--
	}
	v.place = at
	c.victims = append(c.victims, v)
	return nil
}

// newVictim reads what is to be known of a task that is forgotten, and its end. All of the
// row is read of a task alone that had a key.
func newVictim(id journal.ID, row []byte) (v victim, end journal.Record, err error) {
	end, keyed, err := journal.DecodeEnd(id, row)
	v = victim{id: id, bodyKept: end.KeepBody}
	if err != nil || !keyed {
		return v, end, err
	}
	e, err := journal.DecodeEntry(id, row)
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
func lost(id journal.ID, err error) error {
	if errors.Is(err, journal.ErrNotFound) {
		err = fmt.Errorf("%w: its row is missing", journal.ErrCorrupt)
	}
	return naming(id, "prune", err)
}

// takeMembers picks members of a task. One whose row is damaged is passed by.
func (c *choice) takeMembers(tx *bbolt.Tx, whole journal.ID, members uint32) {
	rows := newIterator(tx.Bucket(bucketDone), journal.Range{After: whole})
	last := journal.IDPlus(whole, members)
	for ; rows.key != nil && string(rows.key) <= string(last[:]); rows.step() {
		if c.looks <= 0 {
			return
		}
		c.looks--
		if v, err := memberAt(&rows); err != nil {
			c.damage = err
		} else {
			c.victims = append(c.victims, v)
		}
	}
}

func memberAt(i *iterator) (victim, error) {
	id, err := idOf(i.key)
	if err != nil {
		return victim{}, err
	}
	v, _, err := newVictim(id, i.row)
	return v, err
}

func (c *choice) takeTombstone(tx *bbolt.Tx, at place, id journal.ID) error {
	stone, err := readTombstone(tx, id)
	if err != nil {
		return lost(id, err)
	}
	c.expired = append(c.expired, expired{at, stone})
	return nil
}
