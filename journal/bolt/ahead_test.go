package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"bcp/journal"
)

// gated is a disk that tells of transactions of the engine, while it is on, and has them wait
// before they return.
type gated struct {
	systemDisk
	on      *atomic.Bool
	entered chan struct{}
	pass    chan struct{}
}

func newGated() gated {
	return gated{on: new(atomic.Bool), entered: make(chan struct{}, 100), pass: make(chan struct{})}
}

// openGated makes a journal with a log on such a disk.
func openGated(t *testing.T) (d gated, s *Store, path string) {
	d, o := newGated(), newSetup(Options{Log: 64 << 10})
	o.Disk = d
	path = filepath.Join(t.TempDir(), "bcp.db")
	s = mustOpen(t, o, path)
	t.Cleanup(func() { s.Close() })
	t.Cleanup(d.open) // also when the test has failed
	return d, s, path
}

// open has nobody wait any more.
func (d gated) open() {
	if d.on.Swap(false) {
		close(d.pass)
	}
}

func (d gated) Transacted(string, bool) {
	if d.on.Load() {
		d.entered <- struct{}{}
		<-d.pass
	}
}

// What was committed comes into the tables by itself, also when nobody commits or reads.
func TestSettlesAfterAWhile(t *testing.T) {
	t.Parallel()
	d, o := newGated(), newSetup(Options{Log: 64 << 10})
	o.Disk = d
	s, path := openNew(t, o)
	d.on.Store(true)
	close(d.pass)
	for n := 1; n < 4; n++ {
		mustCommit(t, s, crashBatch(n)...)
		<-d.entered
		checkSettled(t, copyCrashed(t, path))
	}
}

// As long as the log has room commits don't wait for a settling, however long that takes; and
// then they do. A crash at any time leaves all that were committed, and readers of what
// the tables have don't wait.
func TestSettlesSlowly(t *testing.T) {
	t.Parallel()
	d, s, path := openGated(t)
	n := 1
	next := func() []journal.Record { n++; life := benchLife(n - 1); return life[:] }
	mustCommit(t, s, next()...)
	s.Meta()
	mustCommit(t, s, next()...)
	d.on.Store(true)
	readers := make(chan error, 3)
	go func() { readers <- errOf(s.Get(benchID(2))) }()
	<-d.entered // the second is in the tables, and its half of the log is still in use
	if _, err := s.Get(benchID(1)); err != nil {
		t.Error(err)
	}
	for s.ahead.log.Fits(1000) {
		records := next()
		if !s.Takes(records) {
			t.Errorf("the log has room, and doesn't take task %d", n-1)
		}
		mustCommit(t, s, records...)
	}
	last := n - 1
	go func() { readers <- errOf(s.Result(benchID(last))) }()
	waiting, more := make(chan error), next()
	if s.Takes(more) {
		t.Error("the log takes what it has no room for")
	}
	go func() { waiting <- s.Commit(more) }()
	left := copyCrashed(t, path)
	select {
	case err := <-waiting:
		t.Errorf("a commit didn't wait for room: %v", err)
	default:
	}
	d.open()
	if err := errors.Join(<-waiting, <-readers, <-readers); err != nil {
		t.Error(err)
	}
	for _, path := range []string{left, copyCrashed(t, path)} {
		again := mustOpen(t, plain, path)
		for task := 1; task <= last; task++ {
			if e, err := again.Get(benchID(task)); err != nil || e.Task.State != journal.Done {
				t.Errorf("task %d of %d: %s, %v", task, last, e.Task.State, err)
			}
		}
		if _, err := again.Get(benchID(last + 1)); path != left && err != nil {
			t.Errorf("the task that waited: %v", err)
		}
		again.Close()
	}
}

// A task can go on, and end, while its begin is being settled.
func TestGoesOnWhileItIsSettled(t *testing.T) {
	t.Parallel()
	d, s, path := openGated(t)
	one, two := benchLife(1), benchLife(2)
	one[0].Spec.Key, two[0].Spec.Key = "key", "key"
	mustCommit(t, s, one[:2]...)
	d.on.Store(true)
	settled := make(chan error)
	go func() { settled <- errOf(s.Get(benchID(1))) }()
	<-d.entered
	mustCommit(t, s, one[2:]...)
	mustCommit(t, s, two[0]) // under the same key
	left := copyCrashed(t, path)
	d.open()
	if err := <-settled; err != nil {
		t.Error(err)
	}
	again := mustOpen(t, plain, left)
	defer again.Close()
	for _, s := range []*Store{s, again} {
		first, err := s.Get(benchID(1))
		id, found, keyErr := s.ByKey("key")
		if first.Task.State != journal.Done || len(first.Records) != 4 || id != benchID(2) || !found || errors.Join(err, keyErr) != nil {
			t.Errorf("%s by %d records, %v; key of task %s, %v, %v", first.Task.State, len(first.Records), err, id, found, keyErr)
		}
	}
}

// On a disk that is nearly full every commit goes to the tables, with what the log has.
func TestTightDiskHasNoLog(t *testing.T) {
	t.Parallel()
	s, path := withBatches(t, logged(1<<20), 3)
	if s.Logged() == 0 {
		t.Fatal("nothing is in the log")
	}
	s.late.tight.Store(true)
	for n := 4; n < 7; n++ {
		mustCommit(t, s, crashBatch(n)...)
		left := copyCrashed(t, path)
		checkSettled(t, left)
		again := mustOpen(t, plain, left)
		checkBatches(t, again, n)
		again.Close()
	}
	s.late.tight.Store(false)
	if mustCommit(t, s, crashBatch(7)...); s.Logged() == 0 {
		t.Error("there is room again, and nothing is in the log")
	}
	checkBatches(t, s, 7)
}

// What is too large for the log goes to the tables behind what the log has.
func TestLargeBesideTheLog(t *testing.T) {
	t.Parallel()
	s, path := openNew(t, logged(1<<20))
	life := benchLife(1)
	state := func(seq uint32, bytes int) journal.Record {
		return journal.Record{Task: benchID(1), Kind: journal.KindCheckpoint, Attempt: 1, Seq: seq, Payload: append([]byte{byte(seq)}, make([]byte, bytes)...)}
	}
	steps := []journal.Record{life[0], life[1], state(1, 10), state(2, loggedOneMax), state(3, 10), state(4, journal.MaxCheckpoint-1), life[3]}
	for n, r := range steps {
		mustCommit(t, s, r)
		if large := len(r.Payload) > loggedOneMax; large != (s.Logged() == 0) {
			t.Errorf("after step %d %d records are in the log", n, s.Logged())
		}
		again := mustOpen(t, plain, copyCrashed(t, path))
		if r.Kind == journal.KindCheckpoint {
			if got, err := again.Checkpoint(benchID(1)); !bytes.Equal(got, r.Payload) || err != nil {
				t.Errorf("after step %d the state has %d bytes, %v", n, len(got), err)
			}
		} else if e, err := again.Get(benchID(1)); err != nil || e.Records[len(e.Records)-1].Kind != r.Kind {
			t.Errorf("after step %d: %+v, %v", n, e.Task, err)
		}
		again.Close()
	}
	var together []journal.Record
	for n := range loggedMax/loggedOneMax + 1 {
		life := benchLife(10 + n)
		life[0].Payload = make([]byte, loggedOneMax)
		together = append(together, life[0])
	}
	if s.Takes(together) {
		t.Error("the log takes what is too much for it")
	}
	if mustCommit(t, s, together...); s.Logged() > 0 {
		t.Errorf("%d records are in the log", s.Logged())
	}
}

// A batch that can't be is refused before it is in the log: a restart would not get past it.
func TestImpossibleIsNotLogged(t *testing.T) {
	t.Parallel()
	one, two := benchLife(1), benchLife(2)
	setting := crashSetting(1)
	for name, c := range map[string]struct {
		before  []journal.Record
		settles bool
		batch   []journal.Record
	}{
		"a task that nobody submitted":       {nil, false, one[1:2]},
		"the same, behind what is right":     {nil, false, []journal.Record{one[0], setting, two[1]}},
		"submitted twice in the batch":       {nil, false, []journal.Record{one[0], one[0]}},
		"submitted twice in the log":         {one[:1], false, one[:1]},
		"submitted as it is in the tables":   {one[:1], true, one[:1]},
		"submitted as it has ended":          {one[:], true, one[:1]},
		"submitted as it has ended, in log":  {one[:], false, one[:1]},
		"ended twice in the batch":           {one[:2], false, []journal.Record{one[3], one[3]}},
		"going on after its end, in the log": {one[:], false, one[2:3]},
		"going on after its end":             {one[:], true, one[2:3]},
		"going on, after others":             {one[:], true, []journal.Record{two[0], two[1], one[3]}},
		"a state saved after the end":        {one[:], true, []journal.Record{{Task: benchID(1), Kind: journal.KindCheckpoint, Attempt: 1, Seq: 1}}},
	} {
		path := filepath.Join(t.TempDir(), "bcp.db")
		s := mustOpen(t, logged(64<<10), path)
		if len(c.before) > 0 {
			mustCommit(t, s, c.before...)
		}
		if c.settles {
			s.Meta()
		}
		before, _ := behindIn(t, copyCrashed(t, path))
		if err := s.Commit(c.batch); err == nil {
			t.Errorf("%s: it is committed", name)
		}
		if err := s.Commit([]journal.Record{setting}); !errors.Is(err, journal.ErrFailed) {
			t.Errorf("%s: the next commit: %v", name, err)
		}
		left := copyCrashed(t, path)
		if after, _ := behindIn(t, left); after.last != before.last {
			t.Errorf("%s: it is in the log", name)
		}
		s.Close() // tells of the failure, or has nothing to do
		again := mustOpen(t, plain, left)
		if _, err := again.Get(benchID(1)); (err == nil) != (len(c.before) > 0) {
			t.Errorf("%s: after a restart: %v", name, err)
		}
		again.Close()
	}
}

// What is imported into a store with a log is known to what is committed then.
func TestImportBesideALog(t *testing.T) {
	t.Parallel()
	items, _ := export(t, newFile(t), nil)
	s, path := openNew(t, logged(64<<10))
	if fresh, err := s.Import(items); fresh == 0 || err != nil {
		t.Fatalf("%d are new, %v", fresh, err)
	}
	life := benchLife(2) // is among them, and has the highest ID
	if err := s.Commit(life[:1]); err == nil {
		t.Error("a task that was imported is submitted again")
	}
	again := mustOpen(t, plain, copyCrashed(t, path))
	defer again.Close()
	if e, err := again.Get(benchID(2)); err != nil || e.Task.State != journal.Done {
		t.Errorf("%+v, %v", e.Task, err)
	}
}

// A backup has an empty log, beside commits too, and goes on with one as another journal.
func TestBackupBesideALog(t *testing.T) {
	t.Parallel()
	s, path := withBatches(t, logged(256<<10), 1)
	s.Meta()
	mustCommit(t, s, crashBatch(2)...) // to the other half
	mustCommit(t, s, crashBatch(3)...)
	backup := filepath.Join(t.TempDir(), "backup.db")
	n := 3
	err := s.Backup(context.Background(), backup, func(journal.Copied) {
		if n < 5 { // while it is under way
			n++
			mustCommit(t, s, crashBatch(n)...)
		}
	})
	if err != nil || n == 3 {
		t.Fatalf("backup: %v, and %d batches", err, n)
	}
	checkBlank(t, backup)
	checkWhole(t, backup)
	checkFile(t, backup)
	for _, o := range []setup{plain, logged(1 << 20)} {
		again := mustOpen(t, o, backup)
		checkBatches(t, again, 3)
		again.Close()
	}
	again := mustOpen(t, logged(1<<20), backup)
	defer again.Close()
	mustCommit(t, again, crashBatch(4)...)
	left := mustOpen(t, plain, copyCrashed(t, backup))
	defer left.Close()
	checkBatches(t, left, 4)
	mustCommit(t, s, crashBatch(n+1)...) // the first goes on as well
	crashed := mustOpen(t, plain, copyCrashed(t, path))
	defer crashed.Close()
	checkBatches(t, crashed, n+1)
}

// checkBlank tells whether nothing is in the log of a file.
func checkBlank(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, r := behindIn(t, path)
	if r.size == 0 || len(bytes.Trim(content[r.from:r.from+r.size], "\x00")) > 0 {
		t.Errorf("the log of %s, %+v, is not blank", path, r)
	}
}

// A journal that was compacted goes on with an empty log in the new file.
func TestCompactBesideALog(t *testing.T) {
	t.Parallel()
	for _, o := range []setup{logged(64 << 10), newSetup(Options{Log: 64 << 10})} {
		s, path := withBatches(t, o, 4)
		for n := 5; n < 8; n++ {
			compacted, err := s.Compact(context.Background(), atOnce, journal.Observer{Found: func(p journal.Problem) { t.Error(p) }})
			if err != nil {
				t.Fatalf("%+v, %v", compacted, err)
			}
			checkBlank(t, copyCrashed(t, path))
			if s.ahead.bytes < 64<<10 {
				t.Errorf("its log has %d bytes", s.ahead.bytes)
			}
			mustCommit(t, s, crashBatch(n)...)
			again := mustOpen(t, plain, copyCrashed(t, path))
			checkBatches(t, again, n)
			again.Close()
			checkBatches(t, s, n)
		}
		s.Close()
		checkWhole(t, path)
		checkFile(t, path)
		checkNames(t, path, path)
	}
}

// A settling that is due as the journal is closed, or after, does no harm.
func TestCloseAndSettle(t *testing.T) {
	t.Parallel()
	for range 20 {
		s, path := withBatches(t, newSetup(Options{Log: 64 << 10}), 1)
		beside := make(chan error)
		go func() { beside <- s.settle() }()
		err := s.Close()
		if err := errors.Join(err, <-beside, s.settle()); err != nil {
			t.Error(err)
		}
		checkSettled(t, path)
	}
}

// Among thousands of keys in the log a store tells of no more unused ranges than it may, and
// of none that a key is in.
func TestUnusedBesideALog(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t, logged(1<<20))
	keyOf := func(n int) string { return fmt.Sprintf("later/%05d", n) }
	first := benchLife(3000)
	first[0].Spec.Key = "before all others"
	mustCommit(t, s, first[0])
	s.Meta()
	var batch []journal.Record
	for n := range 2000 {
		life := benchLife(n)
		life[0].Spec.Key = keyOf(2 * n)
		batch = append(batch, life[0])
	}
	if _, _, err := s.ByKey(keyOf(1)); err != nil { // looks at the page
		t.Fatal(err)
	}
	mustCommit(t, s, batch...)
	for _, n := range []int{1, 2, 2001, 3000, 5000} {
		ranges, err := s.Unused(keyOf(n))
		if err != nil || len(ranges) == 0 || len(ranges) > journal.MaxUnused {
			t.Fatalf("about %d: %d ranges, %v", n, len(ranges), err)
		}
		told := false
		for _, r := range ranges {
			told = told || r.Has(keyOf(n))
		}
		if used := n%2 == 0 && n < 4000; told == used {
			t.Errorf("about %d: %+v", n, ranges)
		}
	}
	if s.Logged() != len(batch) {
		t.Errorf("%d records are in the log", s.Logged())
	}
}
