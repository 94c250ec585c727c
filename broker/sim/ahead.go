package sim

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"bcp/journal"
	"bcp/journal/bolt"
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

	// besideEvery is how many logs there are for each that is not settled beside commits;
	// besideMost is how long that takes at most.
	besideEvery = 4
	besideMost  = 10 * time.Second
)

// logPlan is what a journal's log is like.
type logPlan struct {
	bytes int64 // 0 for none
	step  int   // after so many records it is settled
	reads int   // in so many of a thousand reads the journal is asked

	beside time.Duration // a settling takes so long at most; 0 for one that a commit does
}

func newLogPlan(r *rand.Rand, sure bool) (p logPlan) {
	if r.IntN(logEvery) == 0 && !sure {
		return p
	}
	p.bytes = logLeast << r.IntN(logSizes)
	p.step = 1 + r.IntN(1<<r.IntN(logSteps))
	p.reads = r.IntN(1 + r.IntN(readsMost))
	if r.IntN(besideEvery) > 0 {
		p.beside = between(r, besideMost/100, besideMost)
	}
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

// has tells whether a task is in it; nil has none.
func (a *ahead) has(id journal.ID) bool { return a != nil && a.tasks[id] }

// generations lets go of what is in the tables by now, if that is all.
func (d *powered) generations() (now, before *ahead) {
	if d.Logged() == 0 {
		d.ahead, d.before = nil, nil
	}
	return d.ahead, d.before
}

// logged returns in which generation a task has its latest that is in the log alone, nil for
// none.
func (d *powered) logged(id journal.ID) *ahead {
	switch d.generations(); {
	case d.ahead.has(id):
		return d.ahead
	case d.before.has(id):
		return d.before
	}
	return nil
}

// peek returns where a task can be read that is in the log alone, unless the journal
// itself is to be asked.
func (d *powered) peek(id journal.ID) *ahead {
	a := d.logged(id)
	if a == nil || d.rand.IntN(1000) >= d.log.reads {
		return a
	}
	d.w.cover.add("disk", "a task is read that is in the log alone")
	if a == d.before {
		d.w.cover.add("disk", "a task is read that is being settled")
	}
	return nil
}

// prepare has tasks of which there are new records be known as they are in the tables.
func (d *powered) prepare(records []journal.Record) (*ahead, error) {
	a, _ := d.generations()
	if a == nil {
		a = newAhead()
	}
	for i := range records {
		r := &records[i]
		if r.Kind == journal.KindSetting || a.tasks[r.Task] {
			continue
		}
		was := d.logged(r.Task)
		a.tasks[r.Task] = true
		if r.Kind.Begins() {
			continue
		}
		before, err := d.whole(was, r.Task)
		if err = errors.Join(err, a.Commit(before)); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// whole reads a task that has not ended, from where it is in the log alone or else from the
// tables: with it all there is can be written again.
func (d *powered) whole(was *ahead, id journal.ID) ([]journal.Record, error) {
	from := journal.Store(d.Store)
	if was != nil {
		from = was
	}
	e, err := from.Get(id)
	if err != nil {
		return nil, err
	}
	first := &e.Records[0]
	if first.Payload, first.Blob, err = from.BodyOrBlob(id); errors.Is(err, journal.ErrNotFound) {
		err = nil // a member has none
	}
	if e.Checkpoint != nil && err == nil {
		e.Checkpoint.Payload, err = from.Checkpoint(id)
		e.Records = append(e.Records, *e.Checkpoint)
	}
	return e.Records, err
}

// writeBehind writes records of which the log may have the first there are in it.
func (d *powered) writeBehind(what string, records []journal.Record, write func() error) error {
	if d.log.bytes == 0 {
		return write()
	}
	before := d.Logged()
	a, err := d.prepare(records)
	if err = errors.Join(err, write()); err != nil {
		return err
	}
	if d.Logged() > 0 {
		d.ahead = a
		d.coverLogged()
		return a.Commit(records)
	}
	if before > 0 {
		d.w.cover.add("disk", "the log is settled in "+what)
	}
	return nil
}

func (d *powered) coverLogged() {
	d.w.cover.add("disk", "a commit goes to the log")
	if _, before := d.generations(); before != nil {
		d.w.cover.add("disk", "a commit goes to the log while another generation is settled")
	}
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
		return d.apart(a.BodyOrBlob(id))
	}
	return d.Store.Body(id)
}

// Result implements journal.Store.
func (d *powered) Result(id journal.ID) ([]byte, error) {
	if a := d.peek(id); a != nil {
		return d.apart(a.ResultOrBlob(id))
	}
	return d.Store.Result(id)
}

// apart returns a payload, from its file if it has one.
func (d *powered) apart(payload []byte, b journal.Blob, err error) ([]byte, error) {
	if b.IsZero() || err != nil {
		return payload, err
	}
	sealed, err := os.ReadFile(filepath.Join(bolt.BlobFolder(d.path()), b.ID.String()))
	if err != nil {
		return nil, err
	}
	return journal.OpenBlob(b.ID, sealed)
}

// Checkpoint implements journal.Store.
func (d *powered) Checkpoint(id journal.ID) ([]byte, error) {
	if a := d.peek(id); a != nil {
		return a.Checkpoint(id)
	}
	return d.Store.Checkpoint(id)
}
