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

// sound is what is known of buckets as of a commit: who changes the tables next begins with
// these. It is of who does.
type sound struct {
	commit  int
	file    *tree.File
	buckets map[string]*soundBucket
}

// soundBytes is what is kept of the pages that are looked at, most of all branches.
const soundBytes = 4 << 20

// soundBucket has the leaves of a bucket that are, and those beside which all are as well.
type soundBucket struct {
	*tree.Bucket
	leaves, beside spans
}

// mayPut tells whether something may be written where a key is, or would be.
func (f *files) mayPut(tx *bbolt.Tx, bucket, key []byte) error {
	b, err := f.whole.of(f, tx, bucket)
	if err == nil {
		_, err = b.leaf(key)
	}
	return damage(err)
}

// mayDelete tells whether something may be deleted there.
func (f *files) mayDelete(tx *bbolt.Tx, bucket, key []byte) error {
	b, err := f.whole.of(f, tx, bucket)
	if err == nil {
		err = b.around(key)
	}
	return damage(err)
}

// of returns what is known of a bucket as a transaction has found it.
func (s *sound) of(f *files, tx *bbolt.Tx, bucket []byte) (*soundBucket, error) {
	commit := tx.ID()
	if tx.Writable() {
		commit-- // it will be the next
	}
	if s.commit != commit || s.file == nil {
		*s = sound{commit, f.tree(tx), make(map[string]*soundBucket)}
		s.file.Keep(soundBytes)
	}
	if b := s.buckets[string(bucket)]; b != nil {
		return b, nil
	}
	b, err := s.file.Bucket(string(bucket))
	if err != nil {
		return nil, err
	}
	s.buckets[string(bucket)] = &soundBucket{Bucket: b}
	return s.buckets[string(bucket)], nil
}

// leaf looks at the leaf in which a key is, or would be.
func (b *soundBucket) leaf(key []byte) (keys tree.Span, err error) {
	keys, known := b.leaves.of(key)
	if known {
		return keys, nil
	}
	keys, err = b.Sound(key)
	if err == nil {
		b.leaves.add(keys)
	}
	return keys, err
}

// around looks at that leaf and at those beside it.
func (b *soundBucket) around(key []byte) error {
	if _, known := b.beside.of(key); known {
		return nil
	}
	keys, err := b.leaf(key)
	if err == nil && keys.High != nil {
		_, err = b.leaf(keys.High)
	}
	if err == nil && keys.Low != nil && !b.leaves.endAt(keys.Low) {
		_, err = b.SoundBefore(keys.Low)
	}
	if err == nil {
		b.beside.add(keys)
	}
	return err
}

// spans are parts of a bucket, in order.
type spans struct {
	all  []tree.Span
	last int // where a key was found
}

// of returns the part that a key is in.
func (s *spans) of(key []byte) (tree.Span, bool) {
	if s.last < len(s.all) && s.all[s.last].Has(key) {
		return s.all[s.last], true
	}
	at := s.behind(key) - 1
	if at < 0 || !s.all[at].Has(key) {
		return tree.Span{}, false
	}
	s.last = at
	return s.all[at], true
}

// behind returns the place of the first part that begins behind a key.
func (s *spans) behind(key []byte) int {
	return sort.Search(len(s.all), func(i int) bool { return bytes.Compare(s.all[i].Low, key) > 0 })
}

func (s *spans) add(keys tree.Span) {
	s.last = s.behind(keys.Low)
	s.all = slices.Insert(s.all, s.last, keys)
}

// endAt tells whether a part ends at a key.
func (s *spans) endAt(key []byte) bool {
	at := sort.Search(len(s.all), func(i int) bool { return bytes.Compare(s.all[i].Low, key) >= 0 })
	return at > 0 && bytes.Equal(s.all[at-1].High, key)
}
