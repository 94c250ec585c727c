package bolt

import (
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
	old := t.Get(key)
	if old == nil {
		return nil
	}
	return t.drop(key, old)
}
