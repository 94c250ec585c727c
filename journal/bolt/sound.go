package bolt

import (
	"bytes"
	"slices"
	"sort"

	"go.etcd.io/bbolt"

	"bcp/journal/bolt/tree"
)

// bbolt looks for keys in the order that they should have, and tells the branch above of the
// first one of a page. With a wrong bit in a key of a leaf, one write there would leave a tree
// that is none, or free a page that is in use. So of buckets that an opening doesn't scan,
// nothing is deleted in such a leaf, nor beside it, where bbolt may make one of two: it
// stays, is told, and the store goes on.

// sound are the parts of buckets of which it is known in a transaction that they may be
// written. It is of who changes the tables.
type sound struct {
	tx    int
	parts map[string][]tree.Span // in order
}

// of returns those of a bucket in a transaction.
func (s *sound) of(tx int, bucket []byte) []tree.Span {
	if s.tx != tx {
		s.tx, s.parts = tx, make(map[string][]tree.Span)
	}
	return s.parts[string(bucket)]
}

// sound tells whether something may be deleted where a key is.
func (f *files) sound(tx *bbolt.Tx, bucket, key []byte) error {
	parts := f.whole.of(tx.ID(), bucket)
	at := sort.Search(len(parts), func(i int) bool { return bytes.Compare(parts[i].Low, key) > 0 })
	if at > 0 && parts[at-1].Has(key) {
		return nil
	}
	b, err := f.tree(tx).Bucket(string(bucket))
	if err != nil {
		return damage(err)
	}
	part, err := b.Sound(key)
	if err == nil {
		f.whole.parts[string(bucket)] = slices.Insert(parts, at, part)
	}
	return damage(err)
}
