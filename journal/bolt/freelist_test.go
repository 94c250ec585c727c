package bolt

import (
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
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
	for n := 1; n > 0; {
		var err error
		if n, err = s.Prune(endedBefore(0, 100), 500); err != nil {
			t.Fatal(err)
		}
	}
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
