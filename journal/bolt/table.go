package bolt

import (
	"bytes"

	"go.etcd.io/bbolt"

	"bcp/migrations"
)

// table is a bucket in a write transaction, with the sum of its entries: nothing
// may change the one without the other, and a compaction follows what is changed here.
type table struct {
	*bbolt.Bucket
	sum     *uint64
	at      int        // among the sums
	touched *[]entryAt // nil if nobody follows
}

func (w *writer) table(name []byte) table {
	at := sumAt[string(name)]
	return table{w.tx.Bucket(name), &w.sums[at], at, w.touched}
}

// sumAt is the place of each bucket among the sums.
var sumAt = func() map[string]int {
	at := make(map[string]int)
	for i, name := range migrations.Summed {
		at[name] = i
	}
	return at
}()

// touch notes that an entry is changed.
func (t table) touch(key []byte) {
	if t.touched != nil {
		*t.touched = append(*t.touched, entryAt{migrations.Summed[t.at], string(key)})
	}
}

// put writes an entry; old is what it takes the place of, nil for nothing.
func (t table) put(key, old, value []byte) error {
	if old != nil {
		*t.sum -= migrations.SumOf(key, old)
	}
	*t.sum += migrations.SumOf(key, value)
	t.touch(key)
	return t.Put(key, value)
}

// replace writes an entry, in the place of one that may be there.
func (t table) replace(key, value []byte) error { return t.put(key, t.Get(key), value) }

// enter writes an entry that is all key. Its value is empty and not nil, which would
// be no entry to Get before the commit.
func (t table) enter(key []byte) error { return t.put(key, nil, []byte{}) }

// drop deletes an entry of which the value is known.
func (t table) drop(key, old []byte) error {
	*t.sum -= migrations.SumOf(key, old)
	t.touch(key)
	return t.Delete(key)
}

// remove deletes an entry if it is there.
func (t table) remove(key []byte) error {
	e := t.find(key)
	if e.value == nil {
		return nil
	}
	return e.drop()
}

// found is an entry of a table that was looked up; value is nil if it isn't there.
type found struct {
	in         table
	cursor     *bbolt.Cursor
	key, value []byte
}

// find looks an entry up. It is valid until the table changes.
func (t table) find(key []byte) found {
	e := found{in: t, cursor: t.Cursor(), key: key}
	if at, value := e.cursor.Seek(key); bytes.Equal(at, key) {
		e.value = value
	}
	return e
}

// drop deletes an entry that is there, without looking for it again.
func (e *found) drop() error {
	*e.in.sum -= migrations.SumOf(e.key, e.value)
	e.in.touch(e.key)
	return e.cursor.Delete()
}
