package bolt

import (
	"errors"

	"bcp/journal"
	"bcp/migrations"
)

// forget does what a step of pruning has chosen.
func (w *writer) forget(c *choice) error {
	for i := range c.victims {
		if err := w.forgetTask(&c.victims[i], &c.retention); err != nil {
			return err
		}
	}
	for i := range c.expired {
		if err := w.forgetKey(&c.expired[i]); err != nil {
			return err
		}
	}
	for _, at := range c.strays {
		if err := w.strike(at.bucket, at.key); err != nil {
			return err
		}
	}
	return nil
}

// forgetTask leaves a tombstone of a task that had a key, if keys are remembered.
func (w *writer) forgetTask(v *victim, r *journal.Retention) error {
	err := w.forgetRow(v)
	if v.bodyKept {
		err = errors.Join(err, w.dropPayload(w.open, v.id))
	}
	if v.place.bucket != nil {
		err = errors.Join(err, w.strike(v.place.bucket, v.place.key))
	}
	w.counters.ended--
	switch {
	case v.stone == nil:
		return err
	case r.Keys == 0:
		return errors.Join(err, w.unbind(v.stone.Key, v.id))
	}
	return errors.Join(err, w.bury(*v.stone, r.NowMS))
}

// forgetRow deletes the row and the result of a task that has ended.
func (w *writer) forgetRow(v *victim) error {
	if v.late {
		return w.forgetLate(v.id)
	}
	row := w.done.find(v.id[:])
	if row.value == nil {
		return nil
	}
	return errors.Join(row.drop(), w.dropPayload(w.result, v.id))
}

// bury writes a tombstone. The key stays as it is: that of this task, or of one
// that was submitted under it later on.
func (w *writer) bury(stone journal.Tombstone, nowMS int64) error {
	w.stamp(bucketAges, migrations.NewStamp(nowMS, stone.Task))
	return w.table(bucketGone).replace(stone.Task[:], stone.Append(nil))
}

func (w *writer) forgetKey(x *expired) error {
	return errors.Join(
		w.table(bucketGone).remove(x.stone.Task[:]),
		w.strike(x.place.bucket, x.place.key),
		w.unbind(x.stone.Key, x.stone.Task))
}

// unbind forgets a client's key, unless a later task was submitted under it.
func (w *writer) unbind(key string, id journal.ID) error {
	entry := w.keys.find([]byte(key)) // nil for the empty key
	if entry.value == nil {
		return nil
	}
	if bound, err := journal.OpenKey(entry.key, entry.value); err != nil || bound != id {
		return nil // one that is damaged stays, for who looks for it
	}
	return entry.drop()
}
