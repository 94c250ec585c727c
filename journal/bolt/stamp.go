package bolt

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"bcp/journal"
	"bcp/migrations"
)

// The indexes by time tell what is due without a look at what is not: their
// entries are all key, in the order of time, and what goes first stands in front.
//
//	ends   | ended 8 | ID 16 |   when to forget is the broker's to say
//	due    | until 8 | ID 16 |   the task says how long it is kept
//	ages   | since 8 | ID 16 |   of a tombstone
//
// Every task in done is in ends or in due, but for two sorts: members, which are
// forgotten with their whole, and rows that could not be read, or are in damaged pages.
type stamp = migrations.Stamp

// index returns the index that an ended task stands in, and where; false if it is
// forgotten with another one.
func index(r *journal.Record) (bucket []byte, at stamp, ok bool) {
	switch {
	case r.Member:
		return nil, at, false
	case r.KeepMS > 0:
		return bucketDue, migrations.NewStamp(r.Time+r.KeepMS, r.Task), true
	}
	return bucketEnds, migrations.NewStamp(r.Time, r.Task), true
}

// enter has a task that ends stand in its index.
func (w *writer) enter(end *journal.Record) {
	if bucket, at, ok := index(end); ok {
		w.stamp(bucket, at)
	}
}

// entered is an entry of an index.
type entered struct {
	in *table
	at stamp
}

// stamp puts an entry into an index when all of the transaction are known: it goes through
// tasks in the order of IDs, not in that of the index, and bbolt moves all that is behind an
// entry which comes in between. What can't stand there is kept for good.
func (w *writer) stamp(bucket []byte, at stamp) {
	if t := w.table(bucket); t.mayPut(at[:]) {
		*w.counters.entries(bucket)++
		w.stamps = append(w.stamps, entered{t, at})
	}
}

// stampsMax is how many of them a commit leaves room for to the next: more than a settling
// has under load.
const stampsMax = 16 << 10

func (s *Store) keepStamps(stamps []entered) {
	clear(stamps) // lets go of the transaction
	s.stamps = stamps[:0]
	if cap(stamps) > stampsMax {
		s.stamps = nil
	}
}

// putStamps writes the entries of stamp, in order.
func (w *writer) putStamps() error {
	slices.SortFunc(w.stamps, func(a, b entered) int {
		return cmp.Or(cmp.Compare(a.in.at, b.in.at), bytes.Compare(a.at[:], b.at[:]))
	})
	for _, e := range w.stamps {
		if err := e.in.put(e.at[:], nil, []byte{}); err != nil { // nil would be no entry to Get before the commit
			return err
		}
	}
	return nil
}

// strike takes an entry out of an index, if it is there.
func (w *writer) strike(bucket, key []byte) error {
	e := w.table(bucket).find(key)
	if e.value == nil {
		return nil
	}
	*w.counters.entries(bucket)--
	return e.drop()
}

// entries returns the counter of an index.
func (c *counters) entries(bucket []byte) *uint64 {
	switch string(bucket) {
	case string(bucketEnds):
		return &c.ends
	case string(bucketDue):
		return &c.due
	}
	return &c.gone
}

// stampOf is the stamp that a key of an index is. One of another length is damage.
func stampOf(bucket, key []byte) (at stamp, err error) {
	if copy(at[:], key) != len(at) || len(key) != len(at) {
		err = fmt.Errorf("%w: an entry of %s has %d bytes", journal.ErrCorrupt, bucket, len(key))
	}
	return at, err
}
