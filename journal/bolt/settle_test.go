package bolt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/wal"
)

// beginSettling does the first part of a settling, and returns the second: between them what was
// committed before is neither in the tables nor in the half of the log that commits go to.
func beginSettling(t *testing.T, s *Store) (end func() error) {
	s.settling.Lock()
	if err := s.turnLog(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceValue(func() error {
		defer s.settling.Unlock()
		return s.bringTurned()
	})
	t.Cleanup(func() { _ = end() }) // also when the test has failed
	return end
}

// What is being settled, and is not in the tables yet, goes on; who reads it waits for it, and
// a crash leaves all of it.
func TestGoesOnBeforeTheTablesHaveIt(t *testing.T) {
	t.Parallel()
	s, path := openNew(t, logged(64<<10))
	one, two := benchLife(1), benchLife(2)
	one[0].Spec.Key = "key"
	saved := journal.Record{Task: benchID(1), Kind: journal.KindCheckpoint, Attempt: 1, Seq: 1, Payload: []byte("state")}
	mustCommit(t, s, one[0], one[1], saved)
	end := beginSettling(t, s)
	for what, has := range map[string]func(*generation) bool{
		"the task": func(g *generation) bool { _, has := g.tasks[benchID(1)]; return has },
		"its body": func(g *generation) bool { return g.tasks[benchID(1)].edge },
		"a state":  func(g *generation) bool { return g.tasks[benchID(1)].saved },
		"its key":  func(g *generation) bool { return g.keys["key"] },
	} {
		if !s.ahead.has(has) {
			t.Errorf("who reads %s doesn't wait", what)
		}
	}
	mustCommit(t, s, one[2:]...)
	mustCommit(t, s, two[:]...)
	left := copyCrashed(t, path)
	if err := end(); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, plain, left)
	defer again.Close()
	for _, s := range []*Store{s, again} {
		first, err := s.Get(benchID(1))
		second, otherErr := s.Get(benchID(2))
		if len(first.Records) != 4 || len(second.Records) != 4 || errors.Join(err, otherErr) != nil {
			t.Errorf("%d and %d records, %v, %v", len(first.Records), len(second.Records), err, otherErr)
		}
	}
}

// Who asks for it does each part of a settling when it likes. A second turn of the log settles
// what the first one has left, and a second settling finds nothing to do.
func TestSettledInParts(t *testing.T) {
	t.Parallel()
	var turn, bring func() error
	o := logged(64 << 10)
	o.LogStep, o.Beside = 4, func(first, second func() error) { turn, bring = first, second }
	s, _ := openNew(t, o)
	for n := range 3 {
		life := benchLife(n)
		if mustCommit(t, s, life[:]...); turn == nil {
			t.Fatal("nobody is told that it is due")
		}
		if err := turn(); err != nil {
			t.Fatal(err)
		}
		if done := count(t, s, bucketDone); done != n {
			t.Errorf("after %d turns %d tasks are in the tables", n+1, done)
		}
	}
	if err := errors.Join(bring(), bring()); err != nil {
		t.Error(err)
	}
	if done := count(t, s, bucketDone); done != 3 {
		t.Errorf("in the end %d tasks are in the tables", done)
	}
}

// A batch that can't be is refused as well while what keeps it from being is settled, or after
// another opening.
func TestImpossibleBetweenLogAndTables(t *testing.T) {
	t.Parallel()
	life := benchLife(1)
	for name, batch := range map[string][]journal.Record{"submitted again": life[:1], "going on after its end": life[2:3]} {
		s, path := openNew(t, logged(64<<10))
		mustCommit(t, s, life[:]...)
		before, _ := behindIn(t, copyCrashed(t, path))
		end := beginSettling(t, s)
		if err := s.Commit(batch); err == nil {
			t.Errorf("%s, while it is settled: it is committed", name)
		}
		if after, _ := behindIn(t, copyCrashed(t, path)); after.last != before.last {
			t.Errorf("%s, while it is settled: it is in the log", name)
		}
		if err := end(); !errors.Is(err, journal.ErrFailed) {
			t.Errorf("%s, while it is settled: then %v", name, err)
		}
		s.Close() // tells of the failure
		again := mustOpen(t, logged(64<<10), path)
		if err := again.Commit(batch); err == nil {
			t.Errorf("%s, after another opening: it is committed", name)
		}
		again.Close()
	}
}

// A disk that doesn't deliver what a settling has to read makes the store fail: what it was
// to bring into the tables is not in them, and the next one would pass it by.
func TestSettlingReadsNothing(t *testing.T) {
	t.Parallel()
	s, path := openNew(t, logged(64<<10))
	one, two := benchLife(1), benchLife(2)
	mustCommit(t, s, one[:]...)
	s.Meta() // has it in the tables
	if _, _, err := s.CommitAndPrune(two[:1], endedBefore(0, 0), 10); err != nil {
		t.Fatal(err)
	}
	cut(t, path)
	if err := s.settle(); !errors.Is(err, syscall.EIO) {
		t.Errorf("settle: %v", err)
	}
	if err := s.failure(); !errors.Is(err, journal.ErrFailed) {
		t.Errorf("the store goes on: %v", err)
	}
}

// A half of the log that is full is not left before what it has is settled: that stands in two
// halves then, of which the next commit would take the first.
func TestFullHalf(t *testing.T) {
	t.Parallel()
	s, path := openNew(t, logged(64<<10))
	tasks := 0
	next := func() {
		life := benchLife(tasks)
		mustCommit(t, s, life[:]...)
		tasks++
	}
	for s.ahead.log.Fits(1000) {
		next()
	}
	next()
	next()
	end := beginSettling(t, s)
	next()
	again := mustOpen(t, plain, copyCrashed(t, path))
	defer again.Close()
	for n := range tasks {
		if e, err := again.Get(benchID(n)); len(e.Records) != 4 || err != nil {
			t.Errorf("task %d has %d records, %v", n, len(e.Records), err)
		}
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

// However small a log is, and however often it is settled, small commits go to it.
func TestHalvesTakeTurns(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t, logged(wal.MinBytes))
	for n := range 5 {
		life := benchLife(n)
		if mustCommit(t, s, life[0]); s.Logged() != 1 {
			t.Errorf("commit %d is not in the log", n)
		}
		s.Meta()
	}
}

// Each opening writes to the log with another mark, and goes on with the numbers.
func TestMarkOfAnOpening(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bcp.db")
	marks, last := map[uint64]bool{0: true}, uint64(0)
	for n := range 4 {
		s, life := mustOpen(t, logged(64<<10), path), benchLife(n)
		mustCommit(t, s, life[0])
		id := s.ahead.last
		var done wal.ID
		err := s.db.View(func(tx *bbolt.Tx) (err error) {
			done, _, err = logIn(tx)
			return err
		})
		if marks[id.Mark] || id.Mark != done.Mark || id.Seq != last+1 || err != nil {
			t.Errorf("opening %d writes entry %+v, with %+v noted, %v", n, id, done, err)
		}
		marks[id.Mark], last = true, id.Seq
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// The memory of what was settled is used again, and has nothing of it: neither who stood how,
// which would let impossible steps pass, nor what has readers wait or has more be settled.
func TestMemoryOfSettlings(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t, logged(64<<10))
	life := benchLife(1)
	life[0].Spec.Key = "key"
	for n, step := range [][]journal.Record{life[:2], life[2:], crashBatch(1), crashBatch(2)} {
		if _, _, err := s.CommitAndPrune(step, journal.Retention{NowMS: 1, Ended: 1 << 20}, 1); err != nil {
			t.Fatal(err)
		}
		for other := 1000 * (n + 1); !s.ahead.now.much; other++ {
			life := benchLife(other)
			mustCommit(t, s, life[0])
		}
		s.Meta()
		g := s.ahead.now
		if n > 0 && cap(g.records) == 0 {
			t.Fatalf("after %d settlings it is new memory", n+1)
		}
		if g.n+len(g.records)+len(g.entries)+len(g.tasks)+len(g.keys) > 0 || g.last != (wal.ID{}) || g.much || g.pruning.limit > 0 {
			t.Errorf("after %d settlings there is %+v", n+1, g)
		}
	}
	if err := s.Commit(life[2:3]); err == nil {
		t.Error("a task goes on after its end")
	}
}

// A task that ended late, and stands among those that have not, goes on no more.
func TestImpossibleAfterLateEnd(t *testing.T) {
	t.Parallel()
	life := benchLife(4)
	for _, batch := range [][]journal.Record{life[3:], life[:1]} {
		o := lateOptions(fewFold)
		o.Log, o.LogStep = 64<<10, 1<<20
		s, path := openNew(t, o)
		var begun []journal.Record
		for n := range 9 {
			life := benchLife(n)
			begun = append(begun, life[:3]...)
		}
		for _, step := range [][]journal.Record{begun, life[3:]} {
			mustCommit(t, s, step...)
			s.Meta()
		}
		if late := count(t, s, bucketLate); late != 1 {
			t.Fatalf("%d tasks ended late", late)
		}
		if err := s.Commit(batch); err == nil {
			t.Errorf("%v of a task that has ended is committed", batch[0].Kind)
		}
		if b, _ := behindIn(t, copyCrashed(t, path)); b.entries > 0 {
			t.Errorf("%v of a task that has ended is in the log", batch[0].Kind)
		}
	}
}

// What was committed is not what its records are: who has committed them finds them as they
// were, and may write over them and their payloads, long before they are settled.
func TestRecordsAreTheirCommitters(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t, logged(64<<10))
	life := benchLife(1)
	batch := slices.Clone(life[:])
	mustCommit(t, s, batch...)
	if !reflect.DeepEqual(batch, life[:]) {
		t.Errorf("the records are %+v, and were %+v", batch, life)
	}
	want := bytes.Clone(life[3].Payload)
	for i := range batch {
		for n := range batch[i].Payload {
			batch[i].Payload[n] = 'x'
		}
		batch[i] = journal.Record{}
	}
	if got, err := s.Result(benchID(1)); !bytes.Equal(got, want) || err != nil {
		t.Errorf("result %q, %v; want %q", got, err, want)
	}
}

// syncing is a disk that tells of the syncs of a log.
type syncing struct {
	systemDisk
	told *func()
}

func (d syncing) Sync(f *os.File) error {
	(*d.told)()
	return d.systemDisk.Sync(f)
}

// Who settles while a commit is on its way to the log waits for it, and brings it into the
// tables as well.
func TestSettledDuringACommit(t *testing.T) {
	t.Parallel()
	told := func() {}
	o := logged(64 << 10)
	o.Disk = syncing{told: &told}
	s, path := openNew(t, o)
	settled := make(chan error)
	told = func() {
		begins := make(chan struct{})
		go func() { close(begins); settled <- s.settle() }()
		<-begins
		for range 100 { // it may go as far as it can
			runtime.Gosched()
		}
	}
	for n := range 20 {
		life := benchLife(n)
		mustCommit(t, s, life[:]...)
		if err := <-settled; err != nil {
			t.Fatal(err)
		}
		left := copyCrashed(t, path)
		checkSettled(t, left)
		again := mustOpen(t, plain, left)
		if e, err := again.Get(benchID(n)); len(e.Records) != 4 || err != nil {
			t.Errorf("task %d has %d records, %v", n, len(e.Records), err)
		}
		again.Close()
	}
}
