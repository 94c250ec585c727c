package bolt

import (
	"crypto/rand"
	"fmt"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// Pages are not half empty: of the entries of clients' keys, whether these are counted up,
// as most are, or random; and of tombstones, which stay long.
func TestPagesAreFilled(t *testing.T) {
	const tasks, clients = 10_000, 4
	keys := map[string]func(n int) string{
		"counted": func(n int) string { return fmt.Sprintf("client-%d-0123456789/%d", n%clients, n/clients) },
		"random":  func(int) string { return rand.Text() },
	}
	for sort, key := range keys {
		t.Run(sort, func(t *testing.T) {
			s, _ := openNew(t, plain)
			s.db.NoSync = true
			passKeyed(t, s, tasks, key)
			wantFilled(t, s, bucketKeys, 0.6)
			retention := endedBefore(0, 0)
			retention.Keys, retention.KeysMS = tasks, 1<<40
			pruneAll(t, s, retention, 500)
			wantFilled(t, s, bucketGone, 0.6)
			wantFilled(t, s, bucketAges, 0.8)
		})
	}
}

// passKeyed commits so many whole lives of tasks with keys, some at a time.
func passKeyed(t *testing.T, s *Store, tasks int, key func(n int) string) {
	t.Helper()
	var batch []journal.Record
	for n := range tasks {
		life := benchLife(n)
		life[0].Spec.Key = key(n)
		if batch = append(batch, life[:]...); n%50 < 49 {
			continue
		}
		if err := s.Commit(batch); err != nil {
			t.Fatal(err)
		}
		batch = batch[:0]
	}
}

// wantFilled looks at how much of a bucket's leaves is in use.
func wantFilled(t *testing.T, s *Store, bucket []byte, want float64) {
	t.Helper()
	err := s.db.View(func(tx *bbolt.Tx) error {
		stats := tx.Bucket(bucket).Stats()
		if filled := float64(stats.LeafInuse) / float64(stats.LeafAlloc); filled < want || stats.LeafPageN < 100 {
			t.Errorf("%d leaves of %s are filled to %.2f, want at least %.2f of many", stats.LeafPageN, bucket, filled, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
