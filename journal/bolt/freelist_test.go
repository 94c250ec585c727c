package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"bcp/journal"
	"bcp/journal/bolt/tree"
)

// The list of free pages is written while it is short, left out while it is
// long, and written again at the end; in each case the file is whole, also when
// it was not closed.
func TestFreelistSync(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	s.freePagesMax = 50
	expect := func(when string, noSync bool) {
		t.Helper()
		if s.db.NoFreelistSync != noSync {
			t.Errorf("%s: no sync of the freelist: %v, want %v; %d free pages", when, !noSync, noSync, s.db.Stats().FreePageN)
		}
	}
	commitLives(t, s, 0, 4000)
	expect("after commits", false)
	pruneAll(t, s, endedBefore(0, 100), 500)
	commitLives(t, s, 4000, 4001)
	expect("after pruning", true)
	if err := s.db.Close(); err != nil { // as a crash leaves it
		t.Fatal(err)
	}
	checkFile(t, path)

	s = mustOpen(t, plain, path)
	s.freePagesMax = 50
	commitLives(t, s, 4001, 4002)
	expect("after reopening", true)
	for n := 4002; s.db.NoFreelistSync && n < 8000; n++ {
		commitLives(t, s, n, n+20)
		n += 19
	}
	expect("when the free pages are used up", false)

	s.freePagesMax = 0
	commitLives(t, s, 8000, 8001)
	expect("with a limit of 0", true)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkFile(t, path)
	checkSynced(t, path)
}

// crashedUnlisted makes a journal as a crash leaves it when many pages are free, with no
// list of them.
func crashedUnlisted(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	s.freePagesMax = 50
	commitLives(t, s, 0, 3000)
	pruneAll(t, s, endedBefore(0, 1000), 500)
	commitLives(t, s, 3000, 3001)
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	if hasList(t, path) {
		t.Fatal("there is a list")
	}
	return path
}

func hasList(t *testing.T, path string) bool {
	t.Helper()
	return treeAt(t, path).HasFreelist()
}

// treeAt returns what the meta pages of a file say of it.
func treeAt(t *testing.T, path string) *tree.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := openTree(f)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// beforeSyncs keeps what a file has before each sync.
type beforeSyncs struct {
	systemDisk
	t    *testing.T
	kept *[][]byte
}

func (d beforeSyncs) Sync(f *os.File) error {
	content, err := os.ReadFile(f.Name())
	if err != nil {
		d.t.Error(err)
	}
	*d.kept = append(*d.kept, content)
	return d.systemDisk.Sync(f)
}

// claimed has the file of a journal be as the engine is to find it.
func claimed(o setup, path string, inspected *image) error {
	f, err := o.claim(inspected)(path, os.O_RDWR, 0)
	return andThen(err, func() error { return f.Close() })
}

// An opening after a crash writes the list that the crash has left out, in two steps behind one
// that keeps the last commit, and
// whatever of these is on the disk when it is cut off, the journal is whole.
func TestFreelistAfterCrash(t *testing.T) {
	path := crashedUnlisted(t)
	var steps [][]byte
	o := plain
	o.Disk = beforeSyncs{t: t, kept: &steps}
	f, inspected, err := examine(path, defaultLockTimeout)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := claimed(o, path, inspected); err != nil || !hasList(t, path) || len(steps) != 3 {
		t.Fatalf("%v; a list: %v, after %d syncs", err, hasList(t, path), len(steps))
	}
	checkWhole(t, path)
	for n, content := range steps {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, want := hasList(t, path), n == 2; got != want {
			t.Errorf("before sync %d: a list: %v, want %v", n+1, got, want)
		}
		s := mustOpen(t, plain, path)
		commitLives(t, s, 3001+n, 3002+n)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		checkFile(t, path)
		checkWhole(t, path)
	}
}

// bbolt finds the list when it opens the file: it doesn't look for free pages itself.
func TestFreelistBeforeBbolt(t *testing.T) {
	path := crashedUnlisted(t)
	var steps [][]byte
	o := plain
	o.Disk = beforeSyncs{t: t, kept: &steps}
	if err := mustOpen(t, o, path).Close(); err != nil {
		t.Error(err)
	}
	if len(steps) != 3 {
		t.Errorf("%d syncs before bbolt's, and not two of a list", len(steps))
	}
}

// A journal that somebody else has written to since it was inspected is left alone.
func TestFreelistOfAnother(t *testing.T) {
	path := crashedUnlisted(t)
	f, inspected, err := examine(path, defaultLockTimeout)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := mustOpen(t, plain, path)
	s.freePagesMax = 0
	commitLives(t, s, 3001, 3002)
	if err := claimed(plain, path, inspected); !errors.Is(err, berrors.ErrTimeout) {
		t.Errorf("while another one has it: %v", err)
	}
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := claimed(plain, path, inspected); err != nil || hasList(t, path) {
		t.Errorf("%v; a list: %v", err, hasList(t, path))
	}
	checkFile(t, path)
}

func commitLives(t *testing.T, s *Store, first, end int) {
	t.Helper()
	var batch []journal.Record
	for n := first; n < end; n++ {
		life := benchLife(n)
		batch = append(batch, life[:]...)
	}
	if err := s.Commit(batch); err != nil {
		t.Fatal(err)
	}
}

// checkSynced tells whether a clean close has written the list: opening for
// writing then has no reason for a transaction of its own.
func checkSynced(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: false})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	stats := db.Stats()
	if writes := stats.TxStats.GetWrite(); writes != 0 {
		t.Errorf("opening after a clean close wrote %d pages", writes)
	}
}
