package sim

import (
	"errors"
	"math/rand/v2"

	"bcp/journal"
)

// Most real journals have a log in front of their tables, and whoever reads what is in it
// alone has it brought into the tables. The oracle reads what each commit has written, so
// nothing would stay there for a cut to find. So such tasks are in memory as well, and most
// reads of them are answered from there.

const (
	// logEvery is how many real journals there are for each that has no log.
	logEvery = 3

	// logLeast is how many bytes a log has at least: a half of it has room for one small
	// commit. logSizes is how many sizes there are, each twice the one before.
	logLeast = 8 << 10
	logSizes = 4

	// logSteps is how many bits there are at most in after how many records it is settled.
	logSteps = 9

	// readsMost is in how many of a thousand reads at most the journal is asked for what is
	// in its log alone.
	readsMost = 60
)

// logPlan is what a journal's log is like.
type logPlan struct {
	bytes int64 // 0 for none
	step  int   // after so many records a commit settles it
	reads int   // in so many of a thousand reads the journal is asked
}

func newLogPlan(r *rand.Rand, sure bool) (p logPlan) {
	if r.IntN(logEvery) == 0 && !sure {
		return p
	}
	p.bytes = logLeast << r.IntN(logSizes)
	p.step = 1 + r.IntN(1<<r.IntN(logSteps))
	p.reads = r.IntN(readsMost)
	return p
}

// ahead is what a journal has in its log alone: each task of it as a whole.
type ahead struct {
	*journal.MemStore
	tasks map[journal.ID]bool
}

func newAhead() *ahead {
	return &ahead{journal.NewMemDisk("ahead").Open(), map[journal.ID]bool{}}
}

// logged returns the tasks that are in the log alone, nil for none.
func (d *powered) logged() *ahead {
	if d.Logged() == 0 {
		d.ahead = nil
	}
	return d.ahead
}

// peek returns where a task can be read that is in the log alone, unless the journal
// itself is to be asked.
func (d *powered) peek(id journal.ID) *ahead {
	a := d.logged()
	if a == nil || !a.tasks[id] {
		return nil
	}
	if d.rand.IntN(1000) < d.log.reads {
		d.w.cover.add("disk", "a task is read that is in the log alone")
		return nil
	}
	return a
}

// prepare has tasks of which there are new records be known as they are in the tables.
func (d *powered) prepare(records []journal.Record) (*ahead, error) {
	a := d.logged()
	if a == nil {
		a = newAhead()
	}
	for i := range records {
		r := &records[i]
		if r.Kind == journal.KindSetting || a.tasks[r.Task] {
			continue
		}
		a.tasks[r.Task] = true
		if r.Kind.Begins() {
			continue
		}
		before, err := d.whole(r.Task)
		if err = errors.Join(err, a.Commit(before)); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// whole reads a task that has not ended: with it all there is can be written again.
func (d *powered) whole(id journal.ID) ([]journal.Record, error) {
	e, err := d.Store.Get(id)
	if err != nil {
		return nil, err
	}
	first := &e.Records[0]
	if first.Payload, first.Blob, err = d.Store.BodyOrBlob(id); errors.Is(err, journal.ErrNotFound) {
		err = nil // a member has none
	}
	if e.Checkpoint != nil && err == nil {
		e.Checkpoint.Payload, err = d.Store.Checkpoint(id)
		e.Records = append(e.Records, *e.Checkpoint)
	}
	return e.Records, err
}

// writeBehind writes records of which the log may have the first there are in it.
func (d *powered) writeBehind(what string, records []journal.Record, write func() error) error {
	if d.log.bytes == 0 {
		return write()
	}
	before, after := d.Logged(), (*ahead)(nil)
	a, err := d.prepare(records)
	if err = errors.Join(err, write()); err != nil {
		return err
	}
	if d.Logged() > 0 {
		after = a
		d.w.cover.add("disk", "a commit goes to the log")
		err = a.Commit(records)
	} else if before > 0 {
		d.w.cover.add("disk", "the log is settled in "+what)
	}
	d.ahead = after
	return err
}

// Get implements journal.Store.
func (d *powered) Get(id journal.ID) (journal.Entry, error) {
	if a := d.peek(id); a != nil {
		return a.Get(id)
	}
	return d.Store.Get(id)
}

// Body implements journal.Store.
func (d *powered) Body(id journal.ID) ([]byte, error) {
	if a := d.peek(id); a != nil {
		if body, blob, err := a.BodyOrBlob(id); blob.IsZero() {
			return body, err
		}
	}
	return d.Store.Body(id)
}

// Result implements journal.Store.
func (d *powered) Result(id journal.ID) ([]byte, error) {
	if a := d.peek(id); a != nil {
		if result, blob, err := a.ResultOrBlob(id); blob.IsZero() {
			return result, err
		}
	}
	return d.Store.Result(id)
}

// Checkpoint implements journal.Store.
func (d *powered) Checkpoint(id journal.ID) ([]byte, error) {
	if a := d.peek(id); a != nil {
		return a.Checkpoint(id)
	}
	return d.Store.Checkpoint(id)
}
