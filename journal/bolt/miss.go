package bolt

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/tree"
)

// bbolt believes its pages: one that says that it has three entries where it had
// four lacks the fourth, and a task that has ended would be unknown, or be submitted
// once more. An opening looks at all that a broker acts on when it starts, but not at
// what has ended. So where an answer depends on what such a page has not, the page is
// looked at.

// tree is the file as of a transaction.
func (s *Store) tree(tx *bbolt.Tx) *tree.File {
	size := tx.DB().Info().PageSize
	return tree.At(s.image, size, uint64(tx.Size())/uint64(size), uint64(tx.Cursor().Bucket().Root()))
}

// miss tells whether a key is missing because it was never there, or for damage. All
// entries of the page that it would be in are held against their seals, for one of
// them could be it under another key.
func (s *Store) miss(tx *bbolt.Tx, bucket, key []byte) error {
	b, err := s.tree(tx).Bucket(string(bucket))
	if err == nil {
		err = b.Around(key, func(k, v []byte) error { return checkSealed(bucket, key, k, v) })
	}
	return damage(err)
}

// checkSealed looks at an entry of one of the buckets that are looked up by key.
func checkSealed(bucket, wanted, key, value []byte) error {
	if bytes.Equal(wanted, key) {
		return fmt.Errorf("%w: bucket %s: a page is not in order", journal.ErrCorrupt, bucket)
	}
	if bytes.Equal(bucket, bucketKeys) {
		_, err := journal.OpenKey(key, value)
		return err
	}
	id, err := idOf(key)
	if err != nil {
		return err
	}
	return journal.CheckSeal(id, value)
}

// covers tells whether a page of a scan has all the ended tasks from low to high that
// the file has; a zero ID is no bound.
func (s *Store) covers(tx *bbolt.Tx, low, high journal.ID) error {
	b, err := s.tree(tx).Bucket(string(bucketDone))
	if err != nil {
		return damage(err)
	}
	over := false
	return damage(b.Leaves(tree.Walk{From: low[:]}, func(l *tree.Leaf) (more bool, err error) {
		if over { // the one behind the last begins where it has to
			return false, nil
		}
		last := l.Len() - 1
		over = last >= 0 && !high.IsZero() && bytes.Compare(l.Key(last), high[:]) >= 0
		return true, nil
	}))
}
