package bolt

import (
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/wal"
)

// failing is a disk whose syncs of files fail from some time on.
type failing struct {
	systemDisk
	fails *atomic.Bool
	why   error
}

func (d failing) Sync(f *os.File) error {
	if d.fails.Load() {
		return d.why
	}
	return d.systemDisk.Sync(f)
}

// checkFailed tells whether a store refuses everything from now on, and tells nobody of what
// was before it had in its log.
func checkFailed(t *testing.T, s *Store, batches int) {
	t.Helper()
	for range 3 {
		if err := s.Commit(crashBatch(99)); !errors.Is(err, journal.ErrFailed) {
			t.Errorf("another commit: %v", err)
		}
		if _, err := prune(s, endedBefore(0, 0), 10); !errors.Is(err, journal.ErrFailed) {
			t.Errorf("pruning: %v", err)
		}
		for n := 1; n <= batches; n++ {
			for i := range tasksPerBatch {
				if _, err := s.Get(benchID(n*tasksPerBatch + i)); err != nil && !errors.Is(err, journal.ErrFailed) {
					t.Errorf("batch %d, task %d: %v", n, i, err)
				}
			}
		}
		if _, found, err := s.ByKey(crashBatch(batches)[0].Spec.Key); !found && !errors.Is(err, journal.ErrFailed) {
			t.Errorf("a key: found %v, %v", found, err)
		}
	}
}

// After a write or a sync of the log that failed nothing is committed any more. What was
// before is there after another opening, and what failed as a whole or not at all.
func TestLogFails(t *testing.T) {
	t.Parallel()
	for _, sync := range []bool{false, true} {
		fails := new(atomic.Bool)
		o := logged(1 << 20)
		o.Disk = failing{fails: fails, why: syscall.EIO}
		s, path := withBatches(t, o, 4)
		if fails.Store(sync); !sync {
			fillDisk(t, s.log)
		}
		want := syscall.ENOSPC
		if sync {
			want = syscall.EIO
		}
		if err := s.Commit(crashBatch(5)); !errors.Is(err, want) {
			t.Errorf("commit: %v, want %v", err, want)
		}
		fails.Store(false)
		checkFailed(t, s, 4)
		s.Close() // tells of the failure, or has nothing to do
		again := mustOpen(t, plain, path)
		checkBatches(t, again, 4)
		if got := lastOf(again) / tasksPerBatch; sync != (got == 5) { // what was written is there as long as the power is
			t.Errorf("sync fails: %v, the last batch is %d", sync, got)
		}
		again.Close()
		checkWhole(t, path)
	}
}

// After a settling that failed nobody is told what was before the commits that returned.
func TestSettlingFails(t *testing.T) {
	t.Parallel()
	for _, step := range []int{0, 1 << 20} {
		s, path := withBatches(t, newSetup(Options{Log: 1 << 20, LogStep: step}), 4)
		fillDisk(t, s.file)
		if _, err := s.Get(benchID(4 * tasksPerBatch)); err == nil {
			s.Meta() // it was settled by now, and there is nothing to do
			if err := s.Commit(crashBatch(5)); err == nil {
				t.Error("a commit to a disk that is full")
			}
		}
		checkFailed(t, s, 4)
		s.Close() // tells of the failure
		again := mustOpen(t, plain, path)
		checkBatches(t, again, 4)
		again.Close()
		checkWhole(t, path)
	}
}

// filling is a disk that gets full when the engine has written something to a file.
type filling struct {
	systemDisk
	t    *testing.T
	file **os.File
}

func (d filling) Transacted(string, bool) { fillDisk(d.t, *d.file) }

// An opening that has no room on the disk for what is in the log alone says how much it wants,
// and leaves all as it is.
func TestNoRoomForTheLog(t *testing.T) {
	t.Parallel()
	const batches = 4
	path := leftInLog(t, batches)
	more := []byte("more") // pages that are free then: the engine needs not make the file longer
	edit(t, path, func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket(more)
		return andThen(err, func() error { return b.Put(more, make([]byte, 1<<20)) })
	})
	edit(t, path, func(tx *bbolt.Tx) error { return tx.DeleteBucket(more) })
	var file *os.File
	o := logged(1 << 20)
	o.Disk = filling{t: t, file: &file}
	o.openFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	_, err := o.open(path)
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "about 8.0 MiB of its disk") {
		t.Errorf("open: %v", err)
	}
	s := mustOpen(t, logged(1<<20), path)
	defer s.Close()
	checkBatches(t, s, batches)
}

// What can be read of a log that is damaged is no use without what can't: nobody opens the
// journal, and everybody is told; but the last entry may have been cut off.
func TestLogDamaged(t *testing.T) {
	t.Parallel()
	path := leftInLog(t, 4)
	b, r := behindIn(t, path)
	last, first := loggedAt(t, path, r, b.last.Seq), loggedAt(t, path, r, b.last.Seq-1)
	for n, offset := range []int64{first, first + 20, first + 40, first + 500} {
		left := copyCrashed(t, path)
		flipAt(t, left, offset)
		for what, open := range openers {
			if _, err := open(left, Options{}); !errors.Is(err, journal.ErrCorrupt) || !errors.Is(err, wal.ErrDamaged) {
				t.Errorf("%s, byte %d: %v", what, n, err)
			}
		}
		if problems, _ := verify(t, left); len(problems) != 1 || !strings.Contains(problems[0], "log is damaged") {
			t.Errorf("byte %d: problems %q", n, problems)
		}
		if _, said := export(t, left, nil); len(said) != 1 || !strings.Contains(said[0], "log is damaged") {
			t.Errorf("byte %d: left out %q", n, said)
		}
	}
	flipAt(t, path, last+200)
	s := mustOpen(t, plain, path)
	defer s.Close()
	checkBatches(t, s, 3)
}

// loggedAt returns where an entry is in a file.
func loggedAt(t *testing.T, path string, r region, seq uint64) int64 {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := r.from; at < r.from+r.size; at += wal.BlockBytes {
		if h, is := wal.ReadHeader(content[at:]); is && h.Seq == seq {
			return at
		}
	}
	t.Fatalf("entry %d is not there", seq)
	return 0
}

// A log whose bytes are whole and make no sense is damage.
func TestLogOfNothing(t *testing.T) {
	t.Parallel()
	s, path := openNew(t, logged(64<<10))
	entry := append(wal.Begin(nil), "no record"...)
	wal.Seal(entry, wal.ID{Mark: s.ahead.last.Mark, Seq: s.ahead.last.Seq + 1})
	if err := s.ahead.log.Write(s.file, entry); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(copyCrashed(t, path), Options{}); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("open: %v", err)
	}
}
