package bolt

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/tree"
)

// Get implements journal.Store.
func (s *Store) Get(id journal.ID) (e journal.Entry, err error) {
	if err := s.catchUpWith(id); err != nil {
		return e, err
	}
	err = s.viewFile(func(f *files, tx *bbolt.Tx) error {
		e, err = s.snapshot(f, tx).readEntry(id)
		if errors.Is(err, journal.ErrNotFound) {
			err = cmp.Or(f.miss(tx, bucketDone, id[:]), f.miss(tx, bucketPlaces, id[:]), err)
		}
		return err
	})
	return e, naming(id, "read", err)
}

func (s snapshot) readEntry(id journal.ID) (journal.Entry, error) {
	base, err := s.ways.find(bucketState, id[:])
	if err != nil {
		return journal.Entry{}, err
	}
	if base == nil {
		l, err := s.ended(id)
		if err != nil {
			return journal.Entry{}, err
		}
		return journal.DecodeEntry(id, l.row)
	}
	late, err := s.overBase(id)
	switch {
	case err != nil:
		return journal.Entry{}, err
	case late.row == nil:
		checkpoints, err := s.ways.in(bucketCheckpoints)
		if err != nil {
			return journal.Entry{}, err
		}
		return liveEntry(checkpoints, id, base)
	}
	return late.entry()
}

// ended returns the row of a task that has ended, which points into the file. The place is of
// no task if it is in done.
func (s snapshot) ended(id journal.ID) (lateRow, error) {
	row, damage := s.get(bucketDone, id[:])
	if row != nil {
		return lateRow{row: row}, nil
	}
	late, err := s.endedLate(id)
	if damage != nil && errors.Is(err, journal.ErrNotFound) {
		err = damage
	}
	return late, err
}

// endedLate is ended for a task that is not in done.
func (s snapshot) endedLate(id journal.ID) (lateRow, error) {
	late, err := s.lateRow(id)
	if err == nil && (late.row == nil || journal.IsEmptySeal(late.row)) {
		err = journal.ErrNotFound
	}
	return late, err
}

// liveEntry is a task that has not ended, with its checkpoint if it has one.
func liveEntry(checkpoints *tree.Cursor, id journal.ID, row []byte) (journal.Entry, error) {
	e, err := journal.DecodeEntry(id, row)
	if err != nil {
		return e, err
	}
	kept, err := checkpoints.Find(id[:])
	if kept != nil {
		err = e.AddCheckpoint(kept)
	}
	return e, damage(err)
}

// Body implements journal.Store.
func (s *Store) Body(id journal.ID) ([]byte, error) {
	body, err := s.payload(id, bucketOpen, bodySize)
	return body, naming(id, "read body of", err)
}

// Result implements journal.Store.
func (s *Store) Result(id journal.ID) ([]byte, error) {
	result, err := s.payload(id, bucketResult, resultSize)
	return result, naming(id, "read result of", err)
}

// BodyOrBlob implements journal.Store.
func (s *Store) BodyOrBlob(id journal.ID) ([]byte, journal.Blob, error) {
	body, blob, err := s.lookPayload(id, bucketOpen, bodySize)
	return body, blob, naming(id, "read body of", err)
}

// ResultOrBlob implements journal.Store.
func (s *Store) ResultOrBlob(id journal.ID) ([]byte, journal.Blob, error) {
	result, blob, err := s.lookPayload(id, bucketResult, resultSize)
	return result, blob, naming(id, "read result of", err)
}

// Checkpoint implements journal.Store.
func (s *Store) Checkpoint(id journal.ID) (state []byte, err error) {
	if err := s.catchUpSaved(id); err != nil {
		return nil, err
	}
	err = s.view(func(tx *bbolt.Tx) error {
		kept, err := newWays(tx).find(bucketCheckpoints, id[:])
		if kept == nil {
			return cmp.Or(err, journal.ErrNotFound)
		}
		content, err := journal.OpenCheckpoint(id, kept)
		state = bytes.Clone(content) // kept points into the file
		return err
	})
	return state, naming(id, "read checkpoint of", err)
}

// bodySize returns how many bytes the task's body has; false if it isn't kept.
func bodySize(e *journal.Entry) (int, bool) {
	return e.Records[0].Size, !e.Task.State.Ended() || e.Task.BodyKept
}

// resultSize returns how many bytes the task's result has; false before the end.
func resultSize(e *journal.Entry) (int, bool) { return e.Task.ResultSize, e.Task.State.Ended() }

// ByKey implements journal.Store.
func (s *Store) ByKey(key string) (id journal.ID, found bool, err error) {
	if key == "" {
		return id, false, nil
	}
	if err := s.catchUpKey(key); err != nil {
		return id, false, err
	}
	if damaged, is := s.unbound.Load(key); is {
		return id, false, damaged.(error)
	}
	err = s.viewFile(func(f *files, tx *bbolt.Tx) error {
		value, err := newWays(tx).find(bucketKeys, []byte(key))
		if found = value != nil; !found {
			return cmp.Or(err, f.miss(tx, bucketKeys, []byte(key)))
		}
		id, err = journal.OpenKey([]byte(key), value)
		return err
	})
	return id, found, err
}

// Settings implements journal.Store.
func (s *Store) Settings(fn func(journal.Record) error) error {
	if err := s.catchUp(); err != nil {
		return err
	}
	var all []journal.Record
	err := s.view(func(tx *bbolt.Tx) error {
		c, err := newWays(tx).in(bucketSettings)
		if err != nil {
			return err
		}
		return damage(c.ForEach(func(name, row []byte) error {
			r, err := journal.DecodeSetting(string(name), row)
			all = append(all, r)
			return err
		}))
	})
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	for _, r := range all {
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

// Unused implements journal.Store. It knows the keys of pages that were checked lately because
// a key was not found there (see miss.go), and returns no ranges where no page was.
func (s *Store) Unused(key string) (ranges []journal.KeyRange, err error) {
	settled := s.ahead.countSettled()
	err = s.viewFile(func(f *files, tx *bbolt.Tx) error {
		if looked, had := f.looks.find(tx.ID(), bucketKeys, []byte(key)); had {
			ranges, err = between(tx, looked)
		}
		return err
	})
	if err != nil || len(ranges) == 0 || s.ahead == nil {
		return ranges, err
	}
	used, same := s.ahead.keysWithin(ranges, settled)
	if !same { // some have gone into the tables meanwhile, and are seen in neither
		return nil, nil
	}
	return journal.About(journal.Without(ranges, used), key), nil
}

// between returns the ranges between the clients' keys within a span.
func between(tx *bbolt.Tx, within tree.Span) (ranges []journal.KeyRange, err error) {
	c, err := newWays(tx).in(bucketKeys)
	if err != nil {
		return nil, err
	}
	after := string(within.Low)
	k, _, err := c.Seek(within.Low)
	for err == nil && k != nil && within.Has(k) && len(ranges) < journal.MaxUnused-1 {
		next := string(k)
		ranges = append(ranges, journal.KeyRange{After: after, Before: next})
		after = next
		k, _, err = c.Next()
	}
	if err != nil {
		return nil, damage(err)
	}
	if len(ranges) < journal.MaxUnused-1 {
		ranges = append(ranges, journal.KeyRange{After: after, Before: string(within.High)})
	}
	return ranges, nil
}

// Tombstone implements journal.Store.
func (s *Store) Tombstone(id journal.ID) (t journal.Tombstone, err error) {
	err = s.viewFile(func(f *files, tx *bbolt.Tx) error {
		t, err = readTombstone(tx, id)
		if errors.Is(err, journal.ErrNotFound) {
			err = cmp.Or(f.miss(tx, bucketGone, id[:]), err)
		}
		return err
	})
	return t, naming(id, "read tombstone of", err)
}

func readTombstone(tx *bbolt.Tx, id journal.ID) (journal.Tombstone, error) {
	sealed, err := newWays(tx).find(bucketGone, id[:])
	if sealed == nil {
		return journal.Tombstone{}, cmp.Or(err, journal.ErrNotFound)
	}
	return journal.OpenTombstone(id, sealed)
}

// naming tells in an error what was asked for.
func naming(id journal.ID, what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s task %s: %w", what, id, err)
}
