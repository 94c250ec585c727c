package bolt

import (
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// openUndelivered opens a journal of one task, of which the disk delivers nothing more.
func openUndelivered(t *testing.T) *Store {
	path := filepath.Join(t.TempDir(), "bcp.db")
	s, life := mustOpen(t, plain, path), benchLife(1)
	if err := errors.Join(s.Commit(life[:]), s.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := OpenReadOnly(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	cut(t, path)
	return s
}

// A mapped page that isn't delivered is an error of the disk's; the kernel tells of one
// behind the end of the file in the same way.
func TestPageThatIsNotDelivered(t *testing.T) {
	s := openUndelivered(t)
	if _, err := s.Get(benchID(1)); !errors.Is(err, syscall.EIO) || errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("Get: %v", err)
	}
}

// A disk that doesn't deliver what is to be pruned is no damage among the rows: who
// prunes is to stop.
func TestPruneOfWhatIsNotDelivered(t *testing.T) {
	s := openUndelivered(t)
	forgot, damage, err := s.CommitAndPrune(nil, endedBefore(math.MaxInt64, 0), 10)
	if forgot != 0 || damage != nil || !errors.Is(err, syscall.EIO) {
		t.Errorf("forgot %d, damage %v, error %v", forgot, damage, err)
	}
}

// With records it is a commit that has failed: nothing is committed after it, though the disk
// delivers again.
func TestCommitWithAPruneOfWhatIsNotDelivered(t *testing.T) {
	for _, o := range []setup{plain, newSetup(Options{Log: LogBytes, LogStep: 1})} {
		path := newFile(t)
		s, content := mustOpen(t, o, path), mustReadFile(t, path)
		cut(t, path)
		life := benchLife(3)
		life[0].Payload = make([]byte, loggedOneMax+1) // which goes to the tables
		if _, _, err := s.CommitAndPrune(life[:], endedBefore(math.MaxInt64, 0), 10); !errors.Is(err, syscall.EIO) {
			t.Errorf("commit: %v", err)
		}
		overwriteInPlace(t, path, content)
		life = benchLife(4)
		if err := s.Commit(life[:]); !errors.Is(err, journal.ErrFailed) {
			t.Errorf("the one after it: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

// What a damaged page leads to outside of the file is damage, and so is any panic.
func TestFaultOutsideTheFile(t *testing.T) {
	s, _ := openNew(t, plain)
	for name, p := range map[string]any{"fault": faultAt(1 << 40), "other": "page 3 already freed"} {
		err := s.view(func(*bbolt.Tx) error { panic(p) })
		if !errors.Is(err, journal.ErrCorrupt) || errors.Is(err, syscall.EIO) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// faultAt is a panic at an address.
type faultAt uintptr

func (f faultAt) Addr() uintptr { return uintptr(f) }

// A commit for which the disk doesn't deliver a page fails by that, and leaves nothing that
// who closes the store would wait for: a broker ends then.
func TestCommitToWhatIsNotDelivered(t *testing.T) {
	for _, o := range []setup{plain, newSetup(Options{Log: LogBytes, LogStep: 1})} {
		path := filepath.Join(t.TempDir(), "bcp.db")
		s, life := mustOpen(t, o, path), benchLife(1)
		if err := s.Commit(life[:]); err != nil {
			t.Fatal(err)
		}
		cut(t, path)
		s.size.Store(0) // or that would be seen
		life = benchLife(2)
		if err := s.Commit(life[:]); !errors.Is(err, syscall.EIO) || errors.Is(err, journal.ErrCorrupt) {
			t.Errorf("commit: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

// So it is with a migration.
func TestMigrationOfWhatIsNotDelivered(t *testing.T) {
	path := newFile(t)
	newer := withStep(func(tx *bbolt.Tx) error {
		cut(t, path)
		return tx.Bucket(bucketDone).ForEach(func(_, _ []byte) error { return nil })
	})
	if _, err := newer.open(path); !errors.Is(err, syscall.EIO) || errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("open: %v", err)
	}
}

// A compaction whose copy the disk doesn't deliver ends by that, and the journal stays as it is.
func TestCompactionOfWhatIsNotDelivered(t *testing.T) {
	path := withMany(t, plain, false)
	want := mustRead(t, path, scanWhole)
	_, err := Compact(t.Context(), path, Options{}, journal.Observer{Copied: func(c journal.Copied) {
		if c.Bytes == c.Total {
			cut(t, path+copySuffix)
		}
	}})
	if !errors.Is(err, syscall.EIO) || errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("compact: %v", err)
	}
	checkNames(t, path, path)
	if got := mustRead(t, path, scanWhole); !maps.Equal(got, want) {
		t.Errorf("the journal differs: %v", difference(got, want))
	}
}

// Of the pages with which the engine begins every transaction none is delivered: nobody waits for
// what the engine had locked meanwhile, as who closes the store would.
func TestMetaPagesThatAreNotDelivered(t *testing.T) {
	path := newFile(t)
	s := mustOpen(t, plain, path)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	s.size.Store(0) // or that would be seen
	_, getErr := s.Get(benchID(1))
	life := benchLife(2)
	for what, err := range map[string]error{"get": getErr, "commit": s.Commit(life[:])} {
		if !errors.Is(err, syscall.EIO) || errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// Somebody has written over both of them: likewise.
func TestMetaPagesThatAreNotValid(t *testing.T) {
	path := newFile(t)
	s := mustOpen(t, plain, path)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(make([]byte, 2*s.pageSize), 0)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	_, getErr := s.Get(benchID(1))
	life := benchLife(2)
	for what, err := range map[string]error{"get": getErr, "commit": s.Commit(life[:])} {
		if !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), "meta page") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := s.Close(); err != nil && !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("close: %v", err)
	}
}
