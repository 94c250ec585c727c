package sim

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"bcp/journal"
	"bcp/journal/bolt"
	"bcp/journal/bolt/power"
)

// Some lives have a real journal, on a disk whose power is cut.

// realEvery is how many lives there are for each that has a real journal, which takes
// twice as long.
const realEvery = 4

// realStream and realFate set the chance of real disks apart from all other chance.
const (
	realStream = 0xd15c
	realFate   = 0xfa7e
)

// newDisk makes the disk of a life.
func newDisk(w *world, o Options) disk {
	seed := fmt.Sprint("disk of seed ", o.Seed)
	r := rand.New(rand.NewPCG(o.Seed, realStream))
	lies := o.Mistake.lies()
	if r.IntN(realEvery) > 0 && !o.Real && lies == (power.Lies{}) {
		return memory{journal.NewMemDisk(seed)}
	}
	root, err := power.Folder()
	if err != nil {
		w.fail("there is no folder for a journal: %v", err)
	}
	d := &powered{w: w, rand: r, root: root, power: &midway{Disk: power.New(root, rand.NewPCG(o.Seed, realFate))}, cuts: 1 + r.IntN(cutsMost), late: r.IntN(2) == 0}
	d.power.Lies = lies
	d.log = newLogPlan(r, lies.Log)
	if r.IntN(2) == 0 {
		w.plan.stageMin = 1 + r.IntN(bodyMax/8) // most payloads are files of their own
	}
	sum := sha256.Sum256([]byte(seed))
	copy(d.broker[:], sum[:])
	w.cover.add("disk", "a real journal")
	return d
}

// cutsMost is in how many of a thousand commits and other steps the power is cut at most.
const cutsMost = 100

// powered is a journal in a file, and a store of it: each cut opens it again at once,
// so that the oracle sees what it has left.
type powered struct {
	*bolt.Store // nil before the first opening

	w      *world
	rand   *rand.Rand
	root   string
	broker [16]byte
	power  *midway
	cuts   int  // in so many of a thousand steps
	late   bool // tasks end late that are among few
	cut    bool // in the next commit, in any case
	back   bool // from a cut that the process has not outlived

	log    logPlan
	ahead  *ahead       // of what is in it alone; it may be in the tables since
	before *ahead       // of what is being settled
	bring  func() error // settles that
}

// errCut is how a step fails in which the power is cut.
var errCut = errors.New("the power is cut")

func (d *powered) path() string { return filepath.Join(d.root, "bcp.db") }

func (d *powered) open() store {
	if d.Store == nil {
		d.reopen()
	}
	return d
}

// reopen opens the journal, in which the power may be cut again.
func (d *powered) reopen() {
	for {
		d.arm(d.isCut(), 5)
		o := bolt.Options{Broker: d.broker, Disk: d.power, Late: d.late, Log: d.log.bytes, LogStep: d.log.step}
		if d.log.beside > 0 {
			o.Beside = d.settleBeside
		}
		s, err := bolt.Open(d.path(), o)
		if err != nil {
			d.w.fail("the journal can't be opened: %v", err)
		}
		d.Store = s
		d.w.oracle.loseOwed()
		if !d.power.IsCut() {
			d.power.Arm(-1)
			d.verify()
			return
		}
		d.restore("an opening")
	}
}

// arm has the power be cut in one of the syncs of a step, of which there are at most so
// many, or behind the last.
func (d *powered) arm(really bool, syncs int) {
	if really {
		d.power.Arm(d.rand.IntN(syncs + 1))
	}
}

// isCut tells whether the power is to be cut in a step.
func (d *powered) isCut() bool { return !d.w.healed && d.rand.IntN(1000) < d.cuts }

// step does something with so many syncs, in which the power may be cut.
func (d *powered) step(what string, syncs int, cut bool, do func() error) error {
	d.arm(cut, syncs)
	err := do()
	if !cut || err != nil {
		return err
	}
	d.power.Cut()
	d.restore(what)
	d.reopen()
	d.back = true
	return fmt.Errorf("%s: %w", what, errCut)
}

// restore makes the disk what a cut has left.
func (d *powered) restore(what string) {
	d.w.note("disk: the power is cut in %s", what)
	if now, before := d.generations(); now != nil && before != nil {
		d.w.cover.add("disk", "the power is cut with two generations in the log")
	}
	d.w.cover.add("disk", "the power is cut in "+what)
	if err := errors.Join(d.Store.Close(), d.power.Restore()); err != nil {
		d.w.fail("the disk doesn't come back: %v", err)
	}
}

// verify looks at all of the journal, now and then, for it is dear.
func (d *powered) verify() {
	if d.rand.IntN(4) > 0 {
		return
	}
	if _, err := d.Verify(context.Background(), d.judgeProblem, nil); err != nil {
		d.w.fail("the journal can't be verified: %v", err)
	}
}

func (d *powered) judgeProblem(p journal.Problem) {
	if !p.Note {
		d.w.fail("the journal is damaged: %v", p)
	}
}

// died implements disk. A process that ends in good order closes its journal.
func (d *powered) died(inOrder bool) {
	cut := d.isCut()
	switch {
	case d.back:
		d.back = false
		return
	case !inOrder:
		if d.Logged() > 0 {
			d.w.cover.add("disk", "an opening brings in what was in the log alone")
		}
		d.power.Cut()
		d.restore("no step")
	default:
		d.arm(cut, 1)
		d.close()
		if cut {
			d.power.Cut()
			d.restore("an end")
		}
	}
	d.reopen()
}

func (d *powered) close() {
	if err := d.Close(); err != nil {
		d.w.fail("the journal can't be closed: %v", err)
	}
}

// unfolded implements disk.
func (d *powered) unfolded() int { return d.Unfolded() }

// blobs implements disk. An opening would remove files that nothing refers to.
func (d *powered) blobs() int {
	d.close()
	entries, err := os.ReadDir(bolt.BlobFolder(d.path()))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		d.w.fail("the folder of the payloads: %v", err)
	}
	d.reopen()
	return len(entries)
}

// remove implements disk.
func (d *powered) remove() {
	for lost, n := range d.power.Lost() {
		d.w.cover["disk: lost: "+lost] += n
	}
	if d.Store != nil {
		_ = d.Store.Close() // it may be damaged, which was told
	}
	_ = os.RemoveAll(d.root)
}

// FailNext implements store: a commit fails as the power is cut.
func (d *powered) FailNext(journal.Fault) { d.cut = true }

// Commit implements journal.Store.
func (d *powered) Commit(records []journal.Record) error {
	if d.meets(records) {
		return d.commit("a commit in a settling", records, func() error { return d.commitMidway(records) })
	}
	return d.commit("a commit", records, func() error { return d.Store.Commit(records) })
}

// CommitAndPrune implements journal.Store.
func (d *powered) CommitAndPrune(records []journal.Record, r journal.Retention, limit int) (forgot int, damage, err error) {
	before := d.Logged()
	err = d.commit("a commit that prunes", records, func() (err error) {
		forgot, damage, err = d.Store.CommitAndPrune(records, r, limit)
		return err
	})
	switch {
	case d.Logged() > 0:
		d.w.oracle.owe(r, limit, d.ahead.has)
	case before > 0 && len(records) > 0:
		forgot = limit // what has ended in the log alone was not looked at
	}
	return forgot, damage, err
}

// commit does what writes the records, in which the power may be cut.
func (d *powered) commit(what string, records []journal.Record, write func() error) error {
	cut := d.cut || d.isCut() || d.removes(records) && d.isCut()
	d.cut = false
	err := d.step(what, 2, cut, func() error {
		before := d.Unfolded()
		err := d.writeBehind(what, records, write)
		d.coverLate(before, what)
		if cut && d.rand.IntN(2) == 0 {
			d.Meta() // a read behind it has the log settled
		}
		return err
	})
	if err != nil && !errors.Is(err, errCut) {
		d.w.fail("%s fails, and the power is on: %v", what, err)
	}
	return err
}

// coverLate counts what a step has made of tasks that end late.
func (d *powered) coverLate(before int, step string) {
	switch after := d.Unfolded(); {
	case after > before:
		d.w.cover.add("disk", "a task ends late")
	case after < before:
		d.w.cover.add("disk", "tasks are folded in "+step)
	}
}

// settle implements disk.
func (d *powered) settle(r journal.Retention) int {
	if d.Logged() == 0 {
		d.w.cover.add("kept", "a step that went with a settling before anybody asked")
	}
	n, damage, err := d.Store.CommitAndPrune(nil, r, 0)
	if err := errors.Join(damage, err); err != nil {
		d.w.fail("pruning fails: %v", err)
	}
	return n
}

// compact implements disk. No commit is under way.
func (d *powered) compact() error {
	cut := !d.w.healed && d.rand.IntN(3) == 0
	return d.step("a compaction", 4, cut, func() error {
		d.w.cover.add("disk", "a compaction")
		alone := func(do func() error) error { return do() }
		_, err := d.Store.Compact(context.Background(), alone, journal.Observer{Found: d.judgeProblem})
		return err
	})
}

// removes tells whether a commit has files removed behind it, most likely: one that is
// cut would need them.
func (d *powered) removes(records []journal.Record) bool {
	return slices.ContainsFunc(records, func(r journal.Record) bool { return r.Kind == journal.KindEnd })
}

// Stage implements journal.Store.
func (d *powered) Stage(payload []byte) (b journal.Blob, err error) {
	err = d.step("staging", 3, d.isCut(), func() (err error) {
		b, err = d.Store.Stage(payload)
		return err
	})
	return b, err
}
