package bolt

import (
	"go.etcd.io/bbolt"

	"bcp/journal/bolt/tree"
	"bcp/migrations"
)

// bbolt can write the list of free pages with every commit, or find them again
// at the next open by walking through the whole file. The first is right while
// they are few: an open after a crash is quick however many tasks are kept.
// Pruning a large part of a journal frees so many that writing them would be
// most of each commit; then the second is right until they are used up.
//
// An open after a crash in that time looks at all of the file anyway: without a list, old
// pages are told from those in use by the sums of the buckets alone. So it knows then
// which pages are free, and writes the list before bbolt would look for them once more:
// that takes as long again, and many times as long where the file isn't in memory.
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
	if !s.db.NoFreelistSync || s.failed.Load() != nil {
		return nil
	}
	s.db.NoFreelistSync = false
	return s.transact(func(*bbolt.Tx) error { return nil })
}

// listFree writes the list of free pages of a file that has been inspected, if it has none. Now is
// the file as it is: one that another process has written to since then stays as it is, and one of
// another schema.
func (i *image) listFree(f onDisk, now *tree.File) error {
	schema, err := i.schema()
	if err != nil || now.HasFreelist() || schema != migrations.Journal.Current() || !now.Same(i.file) {
		return err
	}
	_, err = i.file.WriteList(f, i.marks)
	return err
}
