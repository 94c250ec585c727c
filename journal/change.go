package journal

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

// Change is what one batch does to one task: its records, in order.
type Change struct {
	Task    ID
	Records []*Record // that go into its row

	Checkpoint *Record // the last of its checkpoints, nil for none
}

// Submit returns the record that makes the task's row, nil if it was there before.
func (c *Change) Submit() *Record {
	if c.first().Begins() {
		return c.Records[0]
	}
	return nil
}

// End returns the record that ends the task, nil if it goes on.
func (c *Change) End() *Record {
	if n := len(c.Records); n > 0 && c.Records[n-1].Kind == KindEnd {
		return c.Records[n-1]
	}
	return nil
}

// first is the kind of what a change begins with, for errors.
func (c *Change) first() Kind {
	if len(c.Records) == 0 {
		return KindCheckpoint
	}
	return c.Records[0].Kind
}

// Unknown is the error for a change of a task that is not live.
func (c *Change) Unknown() error {
	return fmt.Errorf("%s of task %s: %w", c.first(), c.Task, ErrNotFound)
}

// Batch sorts records by task, so that an engine writes each task once and in
// the order of its tree. The zero value is ready; it keeps its memory from
// batch to batch.
type Batch struct {
	spots    []spot
	order    []*Record
	changes  []Change
	settings []*Record
}

// Settings returns the records of the last Changes that are of no task but set
// something, in their order. They are valid as long as its result.
func (b *Batch) Settings() []*Record { return b.settings }

// Changes returns what the records do to each task, in rising order of ID. The
// result is valid until the next call of Changes or Reset.
func (b *Batch) Changes(records []Record) []Change {
	b.Reset()
	for i := range records {
		if r := &records[i]; r.Kind == KindSetting {
			b.settings = append(b.settings, r)
		} else {
			b.spots = append(b.spots, spotOf(r.Task, i))
		}
	}
	slices.SortFunc(b.spots, spot.compare)
	for i := range b.spots {
		b.order = append(b.order, &records[b.spots[i].at])
	}
	for first := 0; first < len(b.order); {
		next := first + 1
		for next < len(b.order) && b.order[next].Task == b.order[first].Task {
			next++
		}
		b.changes = append(b.changes, newChange(b.order[first:next]))
		first = next
	}
	return b.changes
}

// spot is where a record is: to sort these costs half as much as to sort what they lead to.
type spot struct {
	high, low uint64 // of the task's ID
	at        int
}

func spotOf(id ID, at int) spot {
	return spot{binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:]), at}
}

func (s spot) compare(t spot) int {
	switch {
	case s.high != t.high:
		return cmp.Compare(s.high, t.high)
	case s.low != t.low:
		return cmp.Compare(s.low, t.low)
	}
	return s.at - t.at
}

// newChange sorts the records of one task, in place.
func newChange(records []*Record) Change {
	c := Change{Task: records[0].Task, Records: records[:0]}
	for _, r := range records {
		if r.Kind == KindCheckpoint {
			c.Checkpoint = r
		} else {
			c.Records = append(c.Records, r)
		}
	}
	return c
}

// Reset lets go of the records.
func (b *Batch) Reset() {
	clear(b.order)
	clear(b.changes)
	clear(b.settings)
	b.spots, b.order, b.changes, b.settings = b.spots[:0], b.order[:0], b.changes[:0], b.settings[:0]
}
