package bolt

import (
	"path/filepath"
	"strconv"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal/bolt/wal"
)

// The log is in pages of its own, however large pages are, and stays as long as it is, also
// after a compaction.
func TestLogBesidePages(t *testing.T) {
	for _, size := range []int{4 << 10, 16 << 10, 64 << 10} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			t.Parallel()
			path := pagedBy(t, size)
			s := mustOpen(t, logged(wal.MinBytes), path)
			defer s.Close()
			bytes := s.ahead.bytes
			for n := 1; n <= 6; n++ {
				mustCommit(t, s, crashBatch(n)...)
				left := copyCrashed(t, path)
				if _, r := behindIn(t, left); r.from < int64(2*s.db.Info().PageSize) || r.size != bytes {
					t.Errorf("the log is %d bytes from %d on, in a page that is not its own, or was of %d bytes", r.size, r.from, bytes)
				}
				again := mustOpen(t, plain, left)
				checkBatches(t, again, n)
				if err := again.Close(); err != nil {
					t.Error(err)
				}
				checkFile(t, left)
				checkWhole(t, left)
				if n == 3 {
					if err := compactAlone(s); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// pagedBy makes a journal whose pages are so large.
func pagedBy(t *testing.T, size int) (path string) {
	path = filepath.Join(t.TempDir(), "bcp.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: size})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bbolt.Tx) error { return layOut(tx, current, [16]byte{}) }); err != nil {
		t.Fatal(err)
	}
	return path
}
