package bolt

import (
	"bytes"
	"cmp"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// Missing returns those of the items that the journal doesn't have, each once. If the journal,
// or another one of the items, has an item with other contents, or its key stands for another
// task, the error wraps ErrClash.
//
// A tombstone is not missing if the journal has its task: an export of a journal in use has
// both if the task was forgotten during the export.
func (s *Store) Missing(items []journal.Item) (missing []*journal.Item, err error) {
	if err := s.catchUp(); err != nil {
		return nil, err
	}
	err = s.viewFile(func(f *files, tx *bbolt.Tx) error {
		a := arrivals{snapshot: s.snapshot(f, tx), settings: map[string][]byte{}, tasks: map[journal.ID]*journal.Item{}, keys: map[string]journal.ID{}}
		for _, stones := range []bool{false, true} { // these come behind all tasks
			for n := range items {
				if (items[n].Stone != nil) != stones {
					continue
				}
				if err := a.add(&items[n]); err != nil {
					return err
				}
			}
		}
		missing = a.missing
		return nil
	})
	return missing, err
}

// arrivals are the items of one import, beside what the journal has.
type arrivals struct {
	snapshot

	settings map[string][]byte // rows of those that are missing
	tasks    map[journal.ID]*journal.Item
	keys     map[string]journal.ID
	missing  []*journal.Item
}

// add takes an item in, unless it is there.
func (a *arrivals) add(i *journal.Item) error {
	there, err := a.isIn(i)
	if err != nil || there {
		return err
	}
	a.missing = append(a.missing, i)
	if i.Setting != nil {
		a.settings[i.Setting.Setting.Name] = i.Row
		return nil
	}
	id, key, _ := placeOf(i)
	a.tasks[id] = i
	if bound, err := a.bound(key); err == nil && key != "" && id.Compare(bound) > 0 {
		a.keys[key] = id
	}
	return nil
}

// isIn tells whether the item is there, or is there as another one.
func (a *arrivals) isIn(i *journal.Item) (there bool, err error) {
	if i.Setting == nil {
		return a.isTaskIn(i)
	}
	name := i.Setting.Setting.Name
	row, err := a.ways.find(bucketSettings, []byte(name))
	if err != nil {
		return false, err
	}
	if row == nil {
		row = a.settings[name]
	}
	if row != nil && !bytes.Equal(row, i.Row) {
		return false, fmt.Errorf("setting %s: %w", name, ErrClash)
	}
	return row != nil, nil
}

// placeOf returns whose an item that is no setting is, and the bucket of its row.
func placeOf(i *journal.Item) (id journal.ID, key string, bucket []byte) {
	if i.Stone != nil {
		return i.Stone.Task, i.Stone.Key, bucketGone
	}
	t := &i.Entry.Task
	if t.State.Ended() {
		return t.ID, t.Spec.Key, bucketDone
	}
	return t.ID, t.Spec.Key, bucketState
}

// isTaskIn tells whether the journal has the task in its bucket. It must not have it
// in another one, in another state, or another one under its key.
func (a *arrivals) isTaskIn(i *journal.Item) (there bool, err error) {
	id, key, bucket := placeOf(i)
	for _, name := range [][]byte{bucketState, bucketDone, bucketGone} {
		row, err := a.row(name, id)
		switch {
		case err != nil:
			return false, naming(id, "find", err)
		case row == nil:
			continue
		case i.Stone != nil && !bytes.Equal(name, bucketGone):
			return true, checkStone(i.Stone, row)
		case !bytes.Equal(name, bucket) || !bytes.Equal(row, i.Row):
			return false, fmt.Errorf("task %s: %w", id, ErrClash)
		}
		there = true
	}
	if there {
		return true, nil
	}
	return false, a.clashesByKey(i, id, key)
}

// row returns a row of the journal, or of one that arrives.
func (a *arrivals) row(bucket []byte, id journal.ID) ([]byte, error) {
	row, err := a.kept(bucket, id)
	if i := a.tasks[id]; row == nil && i != nil {
		if _, _, of := placeOf(i); bytes.Equal(of, bucket) {
			row = i.Row
		}
	}
	return row, err
}

// kept returns a row of the journal. One of a task that ended late counts as one in done,
// and not with its base.
func (a *arrivals) kept(bucket []byte, id journal.ID) ([]byte, error) {
	row, err := a.ways.find(bucket, id[:])
	if err != nil {
		return nil, err
	}
	late, err := a.lateRow(id)
	switch {
	case err != nil || late.row == nil:
		return row, err
	case bytes.Equal(bucket, bucketState):
		return nil, nil
	case bytes.Equal(bucket, bucketDone) && !journal.IsEmptySeal(late.row):
		return late.row, nil
	}
	return row, nil
}

// checkStone tells whether a tombstone is what is left of the task with this row.
func checkStone(stone *journal.Tombstone, row []byte) error {
	e, err := journal.DecodeEntry(stone.Task, row)
	if err == nil && e.Task.Spec.Key != stone.Key {
		err = fmt.Errorf("tombstone of task %s: %w", stone.Task, ErrClash)
	}
	return err
}

// clashesByKey tells whether the client's key stands for another task. One that comes
// later may have it when the other has ended: a BCP/1 client's key is free again then. So
// what is left of an earlier one may be there beside it.
func (a *arrivals) clashesByKey(i *journal.Item, id journal.ID, key string) error {
	bound, err := a.bound(key)
	if err != nil || bound.IsZero() || bound == id {
		return naming(id, "find", err)
	}
	done, doneErr := a.row(bucketDone, bound)
	gone, goneErr := a.row(bucketGone, bound)
	if err := cmp.Or(doneErr, goneErr); err != nil {
		return naming(id, "find", err)
	}
	switch later := id.Compare(bound) > 0; {
	case later && (done != nil || gone != nil):
		return nil
	case !later && i.Stone != nil:
		return nil
	}
	return fmt.Errorf("key %q of task %s stands for task %s: %w", key, id, bound, ErrClash)
}

// bound returns the task that a client's key stands for; zero if there is none.
func (a *arrivals) bound(key string) (id journal.ID, err error) {
	if id, arrives := a.keys[key]; arrives || key == "" {
		return id, nil
	}
	entry, err := a.ways.find(bucketKeys, []byte(key))
	if entry == nil {
		return id, err
	}
	return journal.OpenKey([]byte(key), entry)
}
