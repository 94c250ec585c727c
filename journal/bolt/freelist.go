package bolt

import (
	"go.etcd.io/bbolt"
)

// bbolt can write the list of free pages with every commit, or find them again
// at the next open by walking through the whole file. The first is right while
// they are few: an open after a crash is quick however many tasks are kept.
// Pruning a large part of a journal frees so many that writing them would be
// most of each commit; then the second is right until they are used up, and an
// open after a crash in that time takes about a second for a million tasks.
//
// bbolt looks at DB.NoFreelistSync at each commit, in the goroutine that
// commits, and records in the meta page whether there is a list: so it may be
// changed between two commits.
const defaultFreePagesMax = 4096 // 32 KiB of list

// chooseFreelistSync decides for the next commit.
func (s *Store) chooseFreelistSync() {
	stats := s.db.Stats()
	s.db.NoFreelistSync = stats.FreePageN+stats.PendingPageN > s.freePagesMax
}

// saveFreelist writes the list of free pages if the last commit did not.
func (s *Store) saveFreelist() error {
	if !s.db.NoFreelistSync || s.failed != nil {
		return nil
	}
	s.db.NoFreelistSync = false
	return transact(s.db, s.path, s.blobs.disk, func(*bbolt.Tx) error { return nil })
}
