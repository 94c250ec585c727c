package bolt

import (
	"bytes"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// ErrClash tells that what is to be imported is there already, and is another.
var ErrClash = errors.New("it is in the journal already, and is another one")

// blobFrom is from how many bytes on an imported payload is a file of its own.
const blobFrom = 256 << 10

// Import writes items of an export, all in one commit, and returns how many were new.
// What is there already as it is in the export is left as it is, so that an import
// that was interrupted can be done again. What is there as another one is an error
// that wraps ErrClash: then nothing of the items is written. No broker may use the
// store meanwhile.
func (s *Store) Import(items []journal.Item) (fresh int, err error) {
	missing, err := s.Missing(items)
	if err != nil || len(missing) == 0 {
		return 0, err
	}
	staged := make([]stagedItem, len(missing))
	for n, i := range missing {
		if staged[n], err = s.stageItem(i); err != nil {
			return 0, fmt.Errorf("import: %w", err)
		}
	}
	err = s.update(func(w *writer) error {
		for n := range staged {
			if err := w.take(&staged[n]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("import %d items: %w", len(missing), err)
	}
	return len(missing), nil
}

// Missing returns those of the items that are not there. One that is there as another
// one is an error that wraps ErrClash.
func (s *Store) Missing(items []journal.Item) (missing []*journal.Item, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		for n := range items {
			there, err := isIn(tx, &items[n])
			if err != nil {
				return err
			}
			if !there {
				missing = append(missing, &items[n])
			}
		}
		return nil
	})
	return missing, err
}

// isIn tells whether the item is there, or is there as another one.
func isIn(tx *bbolt.Tx, i *journal.Item) (there bool, err error) {
	switch {
	case i.Setting != nil:
		name := i.Setting.Setting.Name
		row := tx.Bucket(bucketSettings).Get([]byte(name))
		if row != nil && !bytes.Equal(row, i.Row) {
			return false, fmt.Errorf("setting %s: %w", name, ErrClash)
		}
		return row != nil, nil
	case i.Stone != nil:
		return isTaskIn(tx, i, i.Stone.Task, i.Stone.Key, bucketGone)
	}
	return isTaskIn(tx, i, i.Entry.Task.ID, i.Entry.Task.Spec.Key, bucketOf(&i.Entry.Task))
}

// bucketOf is where a task's row belongs.
func bucketOf(t *journal.Task) []byte {
	if t.State.Ended() {
		return bucketDone
	}
	return bucketState
}

// isTaskIn tells whether the journal has the task in this bucket. It must not have it
// in another one, in another state, or another one under its key.
func isTaskIn(tx *bbolt.Tx, i *journal.Item, id journal.ID, key string, bucket []byte) (there bool, err error) {
	for _, name := range [][]byte{bucketState, bucketDone, bucketGone} {
		row := tx.Bucket(name).Get(id[:])
		if row == nil {
			continue
		}
		if !bytes.Equal(name, bucket) || !bytes.Equal(row, i.Row) {
			return false, fmt.Errorf("task %s: %w", id, ErrClash)
		}
		there = true
	}
	return there, clashesByKey(tx, id, key)
}

// clashesByKey tells whether the client's key stands for another task.
func clashesByKey(tx *bbolt.Tx, id journal.ID, key string) error {
	if key == "" {
		return nil
	}
	entry := tx.Bucket(bucketKeys).Get([]byte(key))
	if entry == nil {
		return nil
	}
	bound, err := journal.OpenKey([]byte(key), entry)
	if err == nil && bound != id {
		err = fmt.Errorf("key %q of task %s stands for task %s: %w", key, id, bound, ErrClash)
	}
	return err
}
