package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/storetest"
	"bcp/migrations"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *storetest.Harness { return newHarness(t, usualLateness, Options{}) })
}

// Wherever a task ends late, and whenever it is folded, a store is the same to its user.
func TestStoreLate(t *testing.T) {
	for name, l := range map[string]lateness{"few are folded": fewFold, "all are folded soon": soonFold} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) *storetest.Harness { return newHarness(t, l, Options{}) })
		})
	}
}

// A store with a log is the same to its user, however much of it is brought into the tables
// together.
func TestStoreLog(t *testing.T) {
	for name, step := range map[string]int{"each commit is settled": 1, "a few are": 5, "as readers want it": 1 << 20, "beside commits": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) *storetest.Harness {
				return newHarness(t, usualLateness, Options{Log: 64 << 10, LogStep: step})
			})
		})
	}
}

// All tasks end late that can: fewFold has them wait to be folded, soonFold two of them.
var (
	fewFold  = lateness{wait: 1 << 20, step: 1}
	soonFold = lateness{wait: 2, step: 1}
)

// newHarness makes a journal in a file. After the test, bbolt's own check must
// find nothing.
func newHarness(t *testing.T, l lateness, o Options) *storetest.Harness {
	path := filepath.Join(t.TempDir(), "bcp.db")
	options := newSetup(o)
	options.lateness = l
	store := mustOpen(t, options, path)
	t.Cleanup(func() {
		store.Close()
		checkFile(t, path)
		if problems, _ := verify(t, path); len(problems) > 0 {
			t.Errorf("problems: %q", problems)
		}
	})
	return &storetest.Harness{
		Store: store,
		Reopen: func() journal.Store {
			store.Close() // an error is right where the file was made to fail
			store = mustOpen(t, options, path)
			return store
		},
		FailNext: func() { failNext(t, store) },
		TakeOver: func() { takeOver(t, store) },
		Blobs:    func() int { return countBlobs(t, store) },
	}
}

// failNext has no more be written by a store.
func failNext(t *testing.T, s *Store) {
	t.Helper()
	if fillDisk(t, s.file); s.log != nil {
		fillDisk(t, s.log)
	}
}

// countBlobs counts the files of large payloads when those are removed that nothing refers to.
func countBlobs(t *testing.T, s *Store) int {
	t.Helper()
	s.Meta() // waits until all is in the tables
	s.blobs.removing.Wait()
	return len(blobFiles(t, s.path))
}

// blobFiles lists the files of the large payloads of the journal at path.
func blobFiles(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(BlobFolder(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		if !isSpare(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	return names
}

func mustOpen(t testing.TB, o setup, path string) *Store {
	t.Helper()
	s, err := o.open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// openNew makes a journal that is open until the test ends.
func openNew(t testing.TB, o setup) (s *Store, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "bcp.db")
	s = mustOpen(t, o, path)
	t.Cleanup(func() { s.Close() })
	return s, path
}

// checkSums compares the sums with what is in a file of the current schema.
func checkSums(tx *bbolt.Tx) error {
	if schema, err := migrations.Schema(tx); err != nil || schema < current {
		return err
	}
	kept, err := migrations.ReadSums(tx)
	if err != nil {
		return err
	}
	counted, err := migrations.CountSums(tx)
	for i, name := range migrations.Summed {
		if kept[i] != counted[i] {
			err = errors.Join(err, fmt.Errorf("sum of bucket %s: %x is kept, %x is there", name, kept[i], counted[i]))
		}
	}
	return err
}

// checkFile has bbolt look for damage of its own structure, and compares the sums.
func checkFile(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: defaultLockTimeout})
	if err != nil {
		t.Errorf("open after the test: %v", err)
		return
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Errorf("bbolt's check: %v", err)
		}
		return checkSums(tx)
	})
	if err != nil {
		t.Error(err)
	}
}

// fillDisk puts /dev/full in the place of the open file: every write to it
// fails as on a full disk. What is mapped stays as it is.
func fillDisk(t *testing.T, file *os.File) {
	t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	if err := syscall.Dup3(int(full.Fd()), int(file.Fd()), syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
}

// takeOver does what another process could do if there were no lock.
func takeOver(t *testing.T, s *Store) {
	t.Helper()
	err := s.db.Update(func(tx *bbolt.Tx) error {
		c, err := readCounters(tx)
		if err != nil {
			return err
		}
		c.epoch++
		return c.write(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// endedBefore has the tasks forgotten that ended before a time or are in excess
// of a number, and keys with them.
func endedBefore(ms int64, keep uint64) journal.Retention {
	return journal.Retention{NowMS: ms, Ended: keep, Asked: math.MaxUint64}
}
