package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// lateOptions are those of a journal in which tasks end late.
func lateOptions(l lateness) setup {
	o := newSetup(Options{})
	o.lateness = l
	return o
}

// pair is a journal in a file and one in memory, through which the same tasks go.
type pair struct {
	t      *testing.T
	random *rand.Rand
	path   string
	setup  setup
	file   *Store
	memory *journal.MemStore
	next   int
	open   []int // tasks that have not ended, by their numbers
	clock  int64
}

func newPair(t *testing.T, l lateness) *pair {
	p := &pair{t: t, random: rand.New(rand.NewPCG(3, 4)), path: filepath.Join(t.TempDir(), "bcp.db"), setup: lateOptions(l), memory: journal.NewMemDisk("late").Open()}
	p.file = mustOpen(t, p.setup, p.path)
	t.Cleanup(func() {
		p.file.Close()
		checkFile(t, p.path)
		checkWhole(t, p.path)
	})
	return p
}

// submit commits new tasks. Some have a key, a checkpoint later on, or a body of no bytes.
func (p *pair) submit(tasks int) {
	var batch []journal.Record
	for range tasks {
		life := benchLife(p.next)
		life[0].Payload = make([]byte, p.next%5*100)
		if p.next%3 == 0 {
			life[0].Spec.Key = fmt.Sprint("key", p.next)
		}
		batch = append(batch, life[:3]...)
		p.open = append(p.open, p.next)
		p.next++
	}
	p.commit(batch)
}

// end ends so many tasks in random order.
func (p *pair) end(tasks int) { p.commit(p.ends(tasks)) }

// ends makes the ends of so many tasks in random order, some with more than a result.
func (p *pair) ends(tasks int) (batch []journal.Record) {
	for range tasks {
		at := p.random.IntN(len(p.open))
		n := p.open[at]
		p.open = slices.Delete(p.open, at, at+1)
		end := benchLife(n)[3]
		end.Time = benchLife(p.next)[3].Time + p.clock
		p.clock++
		end.KeepBody = n%17 == 0
		if n%11 == 0 {
			end.KeepMS = 40
		}
		end.Payload = fmt.Append(nil, "a result ", n)[:n%4*3]
		batch = append(batch, end)
	}
	return batch
}

func (p *pair) commit(batch []journal.Record) {
	p.t.Helper()
	if err := errors.Join(p.file.Commit(batch), p.memory.Commit(batch)); err != nil {
		p.t.Fatal(err)
	}
}

// prune forgets all but so many tasks, and some tombstones, while some others end.
func (p *pair) prune(keep uint64) {
	r := journal.Retention{NowMS: benchLife(p.next)[3].Time + p.clock, EndedMS: math.MaxInt32, Ended: keep, Asked: keep, KeysMS: math.MaxInt32, Keys: 100}
	batch := p.ends(min(p.random.IntN(8), len(p.open)))
	got, damage, err := p.file.CommitAndPrune(batch, r, 50)
	want, _, memErr := p.memory.CommitAndPrune(batch, r, 50)
	if got != want || errors.Join(damage, err, memErr) != nil {
		p.t.Fatalf("pruned %d, %v, %v: want %d, %v", got, damage, err, want, memErr)
	}
}

func (p *pair) reopen() {
	if err := p.file.Close(); err != nil {
		p.t.Fatal(err)
	}
	p.file = mustOpen(p.t, p.setup, p.path)
}

// saidBy is all that a store says of its tasks.
func saidBy(t *testing.T, s journal.Store, tasks int) (all []any) {
	t.Helper()
	add := func(what ...any) { all = append(all, what...) }
	for _, r := range []journal.Range{{Live: true}, {Ended: true}, {Live: true, Ended: true}} {
		for _, r.Descending = range []bool{false, true} {
			for r.After = (journal.ID{}); ; {
				more, err := s.Scan(r, func(e journal.Entry) error { add(e); r.After = e.Task.ID; return nil })
				if err != nil {
					t.Fatal(err)
				}
				if !more {
					break
				}
			}
		}
	}
	if err := journal.EachLive(s, func(id journal.ID, records []journal.Record) error { add(id, records); return nil }); err != nil {
		t.Fatal(err)
	}
	for n := range tasks {
		e, err := s.Get(benchID(n))
		body, bodyErr := s.Body(benchID(n))
		result, resultErr := s.Result(benchID(n))
		stone, stoneErr := s.Tombstone(benchID(n))
		add(e, kindOf(err), len(body), kindOf(bodyErr), string(result), kindOf(resultErr), stone, kindOf(stoneErr))
	}
	add(s.Meta().Ended)
	return all
}

// kindOf is which of the errors that a reader may meet it is.
func kindOf(err error) any {
	if errors.Is(err, journal.ErrNotFound) {
		return journal.ErrNotFound
	}
	return err
}

func (p *pair) compare() {
	p.t.Helper()
	got, want := saidBy(p.t, p.file, p.next), saidBy(p.t, p.memory, p.next)
	for i := range want {
		if i >= len(got) || !reflect.DeepEqual(got[i], want[i]) {
			p.t.Fatalf("of %d things, the file's %d is %+v: want %+v", len(want), i, got[min(i, len(got)-1)], want[i])
		}
	}
	if len(got) > len(want) {
		p.t.Fatalf("the file tells %d things: want %d", len(got), len(want))
	}
	if _, err := p.file.Verify(context.Background(), func(problem journal.Problem) { p.t.Error(problem) }, nil); err != nil {
		p.t.Fatal(err)
	}
}

// Tasks end in random order among many, are forgotten in the order of their ends, and the
// journal is opened anew in between: a file with a tier says what one in memory does.
func TestLateIsAsEver(t *testing.T) {
	for name, l := range map[string]lateness{
		"few are folded": fewFold, "folded soon": soonFold,
		"folded in steps": {wait: 60, step: 16}, "those that are lone": {min: 60, wait: 60, step: 16, lone: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t, l)
			p.submit(300)
			for round := range 40 {
				p.submit(1 + p.random.IntN(12))
				p.end(1 + p.random.IntN(20))
				if round%3 == 0 {
					p.prune(uint64(p.random.IntN(150)))
				}
				if round%8 == 7 {
					p.compare()
				}
				if round%10 == 9 {
					p.reopen()
				}
			}
			p.end(len(p.open))
			p.compare()
			p.prune(0)
			p.compare()
		})
	}
}

// The sweep comes round, and what it has folded is not read again.
func TestLateSweep(t *testing.T) {
	p := newPair(t, lateness{wait: 20, step: 8})
	p.submit(400)
	most := 0
	for range 90 {
		p.end(4)
		most = max(most, count(t, p.file, bucketUnfolded))
	}
	limit := p.file.late.limit()
	if n := p.file.late.hints.len(); n > limit+8 {
		t.Errorf("%d tasks wait to be folded: want at most %d and a step", n, limit)
	}
	if n := count(t, p.file, bucketUnfolded); n >= most || n*4 > 4*roundMax*limit {
		t.Errorf("unfolded has %d entries, and had %d", n, most)
	}
	p.reopen()
	p.compare()
}

func count(t *testing.T, s *Store, bucket []byte) (n int) {
	t.Helper()
	err := s.view(func(tx *bbolt.Tx) error { n = tx.Bucket(bucket).Stats().KeyN; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Neighbours, and the tasks at either end of the bucket, end where they are: their pages are
// written anyway.
func TestEndsLate(t *testing.T) {
	s, _ := openNew(t, lateOptions(lateness{min: 50, wait: 1 << 20, step: 1, lone: true}))
	var batch []journal.Record
	for n := range 100 {
		life := benchLife(n)
		if n == 70 {
			life[0].Payload = make([]byte, lateBodyMax+1)
		}
		batch = append(batch, life[:3]...)
	}
	if err := s.Commit(batch); err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, c := range []struct {
		goOn, ends []int
		late       int
	}{
		{nil, []int{50}, 1},
		{nil, []int{0}, 0},
		{nil, []int{99}, 0},
		{nil, []int{2}, 1},
		{nil, []int{30, 31}, 0},
		{nil, []int{20, 22, 24}, 3},
		{nil, []int{60, 61, 62, 80}, 1},
		{nil, []int{70}, 0},
		{[]int{11, 13}, []int{12}, 0},
		{[]int{88}, []int{89}, 0},
		{[]int{75}, []int{74}, 0},
		{[]int{41, 45}, []int{43}, 1},
	} {
		batch = batch[:0]
		for _, n := range c.goOn {
			batch = append(batch, journal.Record{Task: benchID(n), Kind: journal.KindCancel, Time: 9, Attempt: 1, By: "me"})
		}
		for _, n := range c.ends {
			batch = append(batch, benchLife(n)[3])
		}
		if err := s.Commit(batch); err != nil {
			t.Fatal(err)
		}
		if want += c.late; count(t, s, bucketLate) != want {
			t.Errorf("of tasks %v beside %v, %d more ended late: want %d in all", c.ends, c.goOn, count(t, s, bucketLate), want)
		}
	}
	s.late.tight.Store(true)
	if err := s.Commit([]journal.Record{benchLife(87)[3]}); err != nil || count(t, s, bucketLate) != want {
		t.Errorf("on a disk that is full a task ended late, or not: %v", err)
	}
	if err := s.Commit([]journal.Record{benchLife(50)[3]}); err == nil {
		t.Error("a task that ended late ends once more")
	}
}

// While tasks end and are folded, each reader finds each of them, as it is or was.
func TestLateReaders(t *testing.T) {
	p := newPair(t, lateness{wait: 10, step: 4})
	p.submit(200)
	over := make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		for ended := map[journal.ID]bool{}; ; {
			select {
			case <-over:
				return
			default:
			}
			seen := 0
			_, err := p.file.Scan(journal.Range{Live: true, Ended: true}, func(e journal.Entry) error {
				seen++
				if ended[e.Task.ID] && !e.Task.State.Ended() {
					return fmt.Errorf("task %s had ended, and is %s", e.Task.ID, e.Task.State)
				}
				ended[e.Task.ID] = e.Task.State.Ended()
				return nil
			})
			if err == nil && seen != 200 {
				err = fmt.Errorf("%d tasks of 200 are listed", seen)
			}
			if err != nil {
				failed <- err
				return
			}
		}
	}()
	for range 100 {
		p.end(2)
	}
	close(over)
	if err := <-failed; err != nil {
		t.Error(err)
	}
}

// What is wrong with a task that ended late is named.
func TestVerifyLate(t *testing.T) {
	p := newPair(t, lateness{wait: 20, step: 4})
	p.submit(100)
	for range 12 {
		p.end(4)
	}
	if err := p.file.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(*bbolt.Tx) error
		want  string
	}{
		"row":         {flipLast(bucketLate), "late, task "},
		"result":      {flipLast(bucketLateResults), "lateresults, task "},
		"place":       {flipLast(bucketPlaces), "places, task "},
		"unfolded":    {flipLast(bucketUnfolded), "unfolded: "},
		"no rows":     {emptyBucket(bucketLate), "there is no such task"},
		"no results":  {emptyBucket(bucketLateResults), "bucket lateresults has 0 bytes of it"},
		"no places":   {emptyBucket(bucketPlaces), "it has no entry in bucket places"},
		"no unfolded": {emptyBucket(bucketUnfolded), "bucket unfolded doesn't say so"},
		"no bases":    {emptyBucket(bucketState), "it has no entry in bucket places"},
		"no ends":     {emptyBucket(bucketEnds), "it has no entry in bucket ends"},
	} {
		path := filepath.Join(t.TempDir(), "bcp.db")
		if err := copyFile(systemDisk{}, p.path, path, nil); err != nil {
			t.Fatal(err)
		}
		edit(t, path, c.spoil)
		if problems, _ := verify(t, path); !strings.Contains(strings.Join(problems, "\n"), c.want) {
			t.Errorf("%s: %q: want %s", name, problems, c.want)
		}
	}
}

// flipLast flips a bit of the last value of a bucket.
func flipLast(bucket []byte) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		key, value := tx.Bucket(bucket).Cursor().Last()
		value = bytes.Clone(value)
		value[len(value)-1] ^= 1
		return tx.Bucket(bucket).Put(bytes.Clone(key), value)
	}
}

// An export has the tasks that ended late, folded or not, and an import takes them in.
func TestExportLate(t *testing.T) {
	p := newPair(t, lateness{wait: 30, step: 4})
	p.submit(120)
	for range 20 {
		p.end(4)
	}
	p.prune(20)
	items := exportedOf(t, p.file)
	if missing, err := p.file.Missing(items); len(missing) != 0 || err != nil {
		t.Errorf("%d items are not in the journal that they are of: %v", len(missing), err)
	}
	s := mustOpen(t, plain, filepath.Join(t.TempDir(), "other.db"))
	defer s.Close()
	if _, err := s.Import(items); err != nil {
		t.Fatal(err)
	}
	if got, want := saidBy(t, s, p.next), saidBy(t, p.memory, p.next); !reflect.DeepEqual(got, want) {
		t.Errorf("the import tells %d things that differ from %d", len(got), len(want))
	}
}

// When few tasks are left, what the others have left behind goes, also while nothing is
// committed any more.
func TestLateDrains(t *testing.T) {
	for name, idle := range map[string]bool{"idle": true, "with little to do": false} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, lateness{min: 60, wait: 100, step: 8})
			p.submit(200)
			p.end(90)
			if n := count(t, p.file, bucketState); n < 190 {
				t.Fatalf("%d rows are left of 200 tasks, most of which ended late", n)
			}
			p.end(90)
			for range 40 {
				if idle {
					p.prune(1000)
				} else {
					p.submit(1)
					p.end(1)
				}
			}
			if n := count(t, p.file, bucketState); n != len(p.open) {
				t.Errorf("%d rows are left, and %d tasks", n, len(p.open))
			}
			if n := p.file.late.hints.len(); n != 0 {
				t.Errorf("%d hints are left", n)
			}
			p.compare()
		})
	}
}

// A task that ended late, and of which the row is lost, doesn't run again: that is damage.
func TestLateRowLost(t *testing.T) {
	p := newPair(t, fewFold)
	p.submit(100)
	p.end(20)
	if err := p.file.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bcp.db")
	if err := copyFile(systemDisk{}, p.path, path, nil); err != nil {
		t.Fatal(err)
	}
	var lost hint
	edit(t, path, func(tx *bbolt.Tx) (err error) {
		late := tx.Bucket(bucketLate)
		key, _ := late.Cursor().First()
		if tx.Bucket(bucketState).Get(key[8:]) == nil {
			t.Fatal("the first to have ended late has no base")
		}
		lost, err = hintOf(key)
		return errors.Join(err, late.Delete(key))
	})
	s := mustOpen(t, p.setup, path)
	defer s.Close()
	for what, err := range map[string]error{
		"get":  errOf(s.Get(lost.id)),
		"live": journal.EachLive(s, func(journal.ID, []journal.Record) error { return nil }),
		"scan": errOf(s.Scan(journal.Range{Live: true}, ignore)),
	} {
		if !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), lost.id.String()) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Tasks that ended late and are forgotten are imported as they were before: they have not
// ended, also for who opens the journal once more.
func TestImportAfterLate(t *testing.T) {
	for name, l := range map[string]lateness{"few are folded": fewFold, "folded soon": soonFold} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bcp.db")
			s := mustOpen(t, lateOptions(l), path)
			var begin, end []journal.Record
			for n := range 2*chunkMax + 9 {
				life := benchLife(n)
				begin, end = append(begin, life[:3]...), append(end, life[3])
			}
			if err := s.Commit(begin); err != nil {
				t.Fatal(err)
			}
			items := exportedOf(t, s)
			mustCommit(t, s, end...)
			if n, err := prune(s, endedBefore(math.MaxInt64, 0), len(items)); n != len(items) || err != nil {
				t.Fatalf("pruned %d of %d: %v", n, len(items), err)
			}
			items = slices.Delete(items, 5, 9)
			items = slices.Delete(items, 100, 100+chunkMax/2)
			if fresh, err := s.Import(items); fresh != len(items) || err != nil {
				t.Fatalf("import: %d of %d, %v", fresh, len(items), err)
			}
			for _, how := range []string{"after the import", "after another start"} {
				live := 0
				err := journal.EachLive(s, func(journal.ID, []journal.Record) error { live++; return nil })
				if live != len(items) || err != nil {
					t.Errorf("%d of %d are live %s: %v", live, len(items), how, err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				checkWhole(t, path)
				checkFile(t, path)
				s = mustOpen(t, lateOptions(l), path)
			}
			if err := s.Commit(end[:1]); err != nil {
				t.Errorf("one of them can't end: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			checkWhole(t, path)
		})
	}
}

// What says which tasks have ended late doesn't grow from life to life of a broker, though
// each is too short for the sweep to come round.
func TestUnfoldedOfShortLives(t *testing.T) {
	p := newPair(t, lateness{min: 50, wait: 100, step: 16})
	p.submit(300)
	most := 2 * roundMax * p.file.late.limit()
	for range 40 {
		p.submit(60)
		for range 20 {
			p.end(3)
		}
		p.reopen()
	}
	if n := p.file.Unfolded(); n > most+60 {
		t.Errorf("%d tasks may not be folded yet, want at most %d", n, most)
	}
	p.compare()
}
