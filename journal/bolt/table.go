package bolt

import (
	"bytes"
	"cmp"
	"slices"

	"go.etcd.io/bbolt"

	"bcp/journal/bolt/tree"
	"bcp/migrations"
)

// table is a bucket in a write transaction, with the sum of its entries: nothing
// may change the one without the other, and a compaction follows what is changed here.
// It is opened when it is asked for something: most commits do with a few.
type table struct {
	*kind
	w      *writer
	opened *bbolt.Bucket // nil for not yet
	cursor *bbolt.Cursor // that looks entries up, again and again; nil for not yet
	before *tree.Cursor  // that goes through the table as it was before; nil for not yet
}

// fills are how full bbolt leaves a page that it splits, where its default of one half
// would waste much. Where keys rise, as times and most IDs do, such a page gets no more keys
// on its left. Clients' keys are in any order; but most are counted up, which is as good as
// rising among those of one client. Tombstones are in the order of ends as well.
var fills = map[string]float64{
	string(bucketOpen): risingFill, string(bucketState): risingFill, string(bucketDone): risingFill, string(bucketResult): risingFill,
	migrations.Ends: risingFill, migrations.Due: risingFill, migrations.Ages: risingFill,
	migrations.Late: risingFill, migrations.LateResults: risingFill, migrations.Unfolded: risingFill,
	string(bucketKeys): mixedFill, migrations.Gone: mixedFill,
}

const (
	// risingFill leaves room for a few keys that come late.
	risingFill = 0.9

	// mixedFill makes of keys that are counted up a fifth fewer pages than the default, and
	// of random ones a twentieth more.
	mixedFill = 0.65
)

// table returns the one of a name.
func (w *writer) table(name []byte) *table { return &w.tables[sumAt[string(name)]] }

// bucket opens the table.
func (t *table) bucket() *bbolt.Bucket {
	if t.opened == nil {
		t.opened = t.w.tx.Bucket(t.name)
		t.opened.FillPercent = t.fill
		t.cursor = t.opened.Cursor()
	}
	return t.opened
}

// sumAt is the place of each bucket among the sums.
var sumAt = func() map[string]int {
	at := make(map[string]int)
	for i, name := range migrations.Summed {
		at[name] = i
	}
	return at
}()

// kind is what is the same of a table in all transactions.
type kind struct {
	name    []byte
	at      int     // among the sums
	fill    float64 // of its pages
	scanned bool    // by an opening
}

// kinds are those of all tables, in the order of their sums.
var kinds = func() (all [len(migrations.Summed)]kind) {
	for i, name := range migrations.Summed {
		all[i] = kind{[]byte(name), i, cmp.Or(fills[name], bbolt.DefaultFillPercent), slices.Contains(scannedAtOpen, name)}
	}
	return all
}()

// changes notes that an entry goes from one value to another, of which nil is none.
func (t *table) changes(key, old, value []byte) {
	sum := &t.w.sums[t.at]
	if old != nil {
		*sum -= migrations.SumOf(key, old)
	}
	if value != nil {
		*sum += migrations.SumOf(key, value)
	}
	if t.w.follower != nil {
		t.w.touched = append(t.w.touched, entryAt{string(t.name), string(key)})
	}
}

// Get returns the value of an entry, or nil if there is none. It is for who has not asked whether
// something may be written there. Damage is a panic, as it is in bbolt.
func (t *table) Get(key []byte) []byte {
	if err := t.leads(key); err != nil {
		panic(err)
	}
	return t.find(key).value
}

// look is Get for who goes on behind damage.
func (t *table) look(key []byte) (value []byte, err error) {
	err = looked(t.w.tx, func() error {
		value = t.Get(key)
		return nil
	})
	return value, err
}

// has tells whether an entry is there. One that can't be read is not, which is noted.
func (t *table) has(key []byte) bool {
	value, err := t.look(key)
	return t.isWell(err) && value != nil
}

// leads tells whether bbolt comes to a leaf when it looks for a key. It reads pages as they were
// before the transaction, but for those that this has changed.
func (t *table) leads(key []byte) (err error) {
	if t.before == nil {
		if t.before, err = t.w.sound.file.Cursor(string(t.name)); err != nil {
			return err
		}
	}
	_, _, err = t.before.Seek(key)
	return err
}

// leadsBeside tells whether it comes to one when it goes on from the key that leads was asked for.
// Within its leaf it does, unless entries were deleted there: then what is beside has been looked at.
func (t *table) leadsBeside() error {
	if !t.before.AtEdge() {
		return nil
	}
	_, _, err := t.before.Next()
	for range 2 {
		if err == nil {
			_, _, err = t.before.Prev()
		}
	}
	return err
}

// leadsThrough tells whether it comes from leaf to leaf when it goes through all of the table.
func (t *table) leadsThrough() error {
	if err := t.leads(nil); err != nil {
		return err
	}
	return t.before.ForEach(func(_, _ []byte) error { return nil })
}

// put writes an entry; old is what it takes the place of, nil for nothing.
func (t *table) put(key, old, value []byte) error {
	if err := t.must((*table).mayPut, key); err != nil {
		return err
	}
	return t.write(key, old, value)
}

// replace writes an entry, in the place of one that may be there. It looks at no other leaf, as a
// cursor may do.
func (t *table) replace(key, value []byte) error {
	if err := t.must((*table).mayPut, key); err != nil {
		return err
	}
	return t.write(key, t.bucket().Get(key), value)
}

// write is put for who has asked whether he may.
func (t *table) write(key, old, value []byte) error {
	t.changes(key, old, value)
	return t.bucket().Put(key, value)
}

// remove deletes an entry if it is there.
func (t *table) remove(key []byte) error {
	if err := t.must((*table).mayPut, key); err != nil { // it may be there, and not be found
		return err
	}
	e := t.find(key)
	if e.value == nil {
		return nil
	}
	return e.drop()
}

// found is an entry of a table that was looked up; value is nil if it isn't there.
type found struct {
	in         *table
	key, value []byte
}

// mayPut tells whether an entry may be written, see sound.go. That it may not is told when the
// commit has returned.
func (t *table) mayPut(key []byte) bool { return t.isWell(t.w.sound.mayPut(t.name, key)) }

// mayDelete tells whether an entry may be deleted, likewise.
func (t *table) mayDelete(key []byte) bool { return t.isWell(t.w.sound.mayDelete(t.name, key)) }

// lacks tells whether an entry is missing because it was never there, see miss.go.
func (t *table) lacks(key []byte) bool {
	return t.isWell(looked(t.w.tx, func() error { return t.w.store.miss(t.w.tx, t.name, key) }))
}

// must asks whether an entry may be written, or deleted, in a table of which an opening scans all:
// what is there has no other place, and where it is damaged nothing is committed. Whoever writes to
// another table has asked before.
func (t *table) must(may func(t *table, key []byte) bool, key []byte) error {
	if !t.scanned || may(t, key) {
		return nil
	}
	return t.w.passedOver()
}

// isWell notes what a look has found.
func (t *table) isWell(err error) bool {
	if err != nil {
		t.w.damage = append(t.w.damage, err)
	}
	return err == nil
}

// find looks an entry up. It is valid until the table changes, or another entry is
// looked up in it.
func (t *table) find(key []byte) found {
	e := t.seek(key)
	if !bytes.Equal(e.key, key) {
		e.value = nil
	}
	e.key = key
	return e
}

// seek is find for the first entry from a key on; its key is nil if there is none.
func (t *table) seek(key []byte) found {
	t.bucket()
	at, value := t.cursor.Seek(key)
	return found{t, at, value}
}

// drop deletes an entry that is there, without looking for it again.
func (e *found) drop() error {
	if err := e.in.must((*table).mayDelete, e.key); err != nil {
		return err
	}
	e.in.changes(e.key, e.value, nil)
	return e.in.cursor.Delete()
}
