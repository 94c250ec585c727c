package bolt

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sync"
	"unsafe"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/tree"
)

// bbolt believes its pages: one that says that it has three entries where it had
// four lacks the fourth, and a task that has ended would be unknown, or be submitted
// once more. An opening looks at all that a broker acts on when it starts, but not at
// what has ended. So where an answer depends on what such a page has not, the page is
// looked at.

// treeOf is the file as of a transaction, where bbolt has it in memory: for as long as the
// transaction is.
func treeOf(tx *bbolt.Tx) *tree.File {
	mapped := tx.DB().Info()
	memory := unsafe.Slice(*(**byte)(unsafe.Pointer(&mapped.Data)), tx.Size())
	return tree.In(memory, mapped.PageSize, uint64(tx.Cursor().Bucket().Root()))
}

// miss tells whether a key is missing because it was never there, or for damage. All
// entries of the page that it would be in are held against their seals, for one of
// them could be it under another key. One look at a page is enough until the next
// commit: clients who count their keys up ask for many that would be in the same one.
func (f *files) miss(tx *bbolt.Tx, bucket, key []byte) error {
	return f.around(tx, bucket, key, func(k, v []byte) error { return checkSealed(bucket, key, k, v) })
}

// takesBody tells whether the page is damaged in which the body goes of the first task that
// begins: then the log doesn't take what could not be settled. New tasks' IDs rise, so the next
// ones' go there as well.
func (f *files) takesBody(tx *bbolt.Tx, records []journal.Record) error {
	for i := range records {
		if r := &records[i]; r.Kind.Begins() && r.PayloadSize() > 0 {
			return naming(r.Task, "write", f.around(tx, bucketOpen, r.Task[:], func(_, _ []byte) error { return nil }))
		}
	}
	return nil
}

// around looks at the page in which a key would be, and has fn look at its entries: once until
// the next commit to the tables.
func (f *files) around(tx *bbolt.Tx, bucket, key []byte, fn func(key, value []byte) error) error {
	if _, had := f.looks.find(tx.ID(), bucket, key); had {
		return nil
	}
	b, err := treeOf(tx).Bucket(string(bucket))
	if err != nil {
		return damage(err)
	}
	looked, err := b.Around(key, fn)
	if err == nil {
		f.looks.add(tx.ID(), bucket, looked)
	}
	return damage(err)
}

// looksMax is how many looks are remembered: each takes a time to go through them.
const looksMax = 32

// looks are the parts of buckets that have been looked at in the latest transaction.
type looks struct {
	mu   sync.Mutex
	tx   int
	list []look
}

type look struct {
	bucket string
	tree.Span
}

// find returns what has been looked at with the place of a key, if that has been.
func (l *looks) find(tx int, bucket, key []byte) (looked tree.Span, had bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if tx != l.tx {
		return looked, false
	}
	i := slices.IndexFunc(l.list, func(p look) bool { return p.bucket == string(bucket) && p.Has(key) })
	if i < 0 {
		return looked, false
	}
	return l.list[i].Span, true
}

func (l *looks) add(tx int, bucket []byte, looked tree.Span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if tx < l.tx {
		return
	}
	if tx > l.tx || len(l.list) == looksMax {
		l.tx, l.list = tx, l.list[:0]
	}
	l.list = append(l.list, look{string(bucket), looked})
}

// checkSealed looks at an entry of one of the buckets that are looked up by key.
func checkSealed(bucket, wanted, key, value []byte) error {
	switch {
	case bytes.Equal(wanted, key):
		return fmt.Errorf("%w: bucket %s: a page is not in order", journal.ErrCorrupt, bucket)
	case bytes.Equal(bucket, bucketKeys):
		_, err := journal.OpenKey(key, value)
		return err
	case bytes.Equal(bucket, bucketLate):
		h, err := hintOf(key)
		return cmp.Or(err, journal.CheckSeal(h.id, value))
	}
	id, err := idOf(key)
	return cmp.Or(err, journal.CheckSeal(id, value))
}

// covers tells whether a page of a scan has all the ended tasks from low to high that
// the file has; a zero ID is no bound.
func (f *files) covers(tx *bbolt.Tx, low, high journal.ID) error {
	for _, bucket := range [][]byte{bucketDone, bucketPlaces} {
		if err := f.coversIn(tx, bucket, low, high); err != nil {
			return err
		}
	}
	return nil
}

func (f *files) coversIn(tx *bbolt.Tx, bucket []byte, low, high journal.ID) error {
	b, err := treeOf(tx).Bucket(string(bucket))
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
