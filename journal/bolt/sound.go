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
// nothing is written in such a leaf, and nothing is deleted beside it, where bbolt may make
// one of two. What is there stays, is told, and the store goes on: what ends is written
// elsewhere.

// sound are the parts of buckets of which it is known in a transaction that they are. It is of
// who changes the tables.
type sound struct {
	tx    int
	parts map[string][]tree.Span // in order
}

// mayPut tells whether something may be written where a key is, or would be.
func (f *files) mayPut(tx *bbolt.Tx, bucket, key []byte) error {
	return f.alone.look(f, tx, bucket, key, (*tree.Bucket).Sound)
}

// mayDelete tells whether something may be deleted there.
func (f *files) mayDelete(tx *bbolt.Tx, bucket, key []byte) error {
	return f.beside.look(f, tx, bucket, key, (*tree.Bucket).SoundBeside)
}

func (s *sound) look(f *files, tx *bbolt.Tx, bucket, key []byte, at func(*tree.Bucket, []byte) (tree.Span, error)) error {
	if s.tx != tx.ID() {
		s.tx, s.parts = tx.ID(), make(map[string][]tree.Span)
	}
	parts := s.parts[string(bucket)]
	n := sort.Search(len(parts), func(i int) bool { return bytes.Compare(parts[i].Low, key) > 0 })
	if n > 0 && parts[n-1].Has(key) {
		return nil
	}
	b, err := f.tree(tx).Bucket(string(bucket))
	if err != nil {
		return damage(err)
	}
	part, err := at(b, key)
	if err == nil {
		s.parts[string(bucket)] = slices.Insert(parts, n, part)
	}
	return damage(err)
}
