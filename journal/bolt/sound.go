package bolt

import (
	"go.etcd.io/bbolt"

	"bcp/journal/bolt/tree"
)

// bbolt looks for keys in the order that they should have, and tells the branch above of the
// first one of a page. With a wrong bit in a key of a leaf, or in a branch, one write there would
// leave a tree that is none, or free a page that is in use. So nothing is written in such a leaf or
// below such a branch, and nothing is deleted beside it, where bbolt may make one of two. What is
// there stays, and is told. Where an opening doesn't scan the bucket the store goes on: what ends
// is written elsewhere. What the others have has no other place, and the store fails before it
// writes there.

// bbolt also follows a branch that leads back to itself until the stack, or the memory, is full. So
// it is asked for nothing to which no way leads that a cursor of package tree has gone before: reads
// take that in its place, and who writes has asked this file, or has table.leads go there first.

// sound is what is known of buckets as of a commit: who changes the tables next begins with
// these. It is of who does. Pages are looked at where bbolt has them in memory, for it is about
// to look at most of them itself.
type sound struct {
	commit  int
	mapped  uintptr // where bbolt has the file
	file    *tree.File
	buckets map[string]*tree.Bucket
}

// soundBytes is of how many bytes of pages it is known that they have been looked at.
const soundBytes = 4 << 20

// in returns what is known of the buckets as a transaction has found them.
func (s *sound) in(tx *bbolt.Tx) *sound {
	commit, mapped := tx.ID(), tx.DB().Info().Data
	if tx.Writable() {
		commit-- // it will be the next
	}
	if s.commit != commit || s.mapped != mapped {
		*s = sound{commit, mapped, treeOf(tx), make(map[string]*tree.Bucket)}
		s.file.Keep(soundBytes)
	}
	return s
}

// mayPut tells whether something may be written where a key is, or would be.
func (s *sound) mayPut(bucket, key []byte) error { return s.may((*tree.Bucket).Sound, bucket, key) }

// mayDelete tells whether something may be deleted there.
func (s *sound) mayDelete(bucket, key []byte) error {
	return s.may((*tree.Bucket).SoundAround, bucket, key)
}

func (s *sound) may(look func(b *tree.Bucket, key []byte) error, bucket, key []byte) (err error) {
	b := s.buckets[string(bucket)]
	if b == nil {
		if b, err = s.file.Bucket(string(bucket)); err != nil {
			return damage(err)
		}
		s.buckets[string(bucket)] = b
	}
	return damage(look(b, key))
}
