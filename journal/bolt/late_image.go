package bolt

import (
	"cmp"
	"math"

	"bcp/journal"
	"bcp/migrations"
)

// readHints reads where tasks that ended late may stand, and returns the first damage of what says
// so. Then the places themselves tell, for without a hint such a task would be as it was before.
func (i *image) readHints() (damage error) {
	var all []hint
	i.walk(migrations.Unfolded, nil, math.MaxInt, func(err error) { damage = cmp.Or(damage, err) }, func(key, sealed []byte) {
		some, err := openChunk(key, sealed)
		all, damage = append(all, some...), cmp.Or(damage, err)
	})
	if damage != nil {
		i.walk(migrations.Late, nil, math.MaxInt, func(error) {}, func(key, _ []byte) {
			if h, err := hintOf(key); err == nil {
				all = append(all, h)
			}
		})
	}
	i.hints = new(hints)
	i.hints.fill(all)
	return damage
}

// over returns the row that a task has over its base, if it has ended late.
func (i *image) over(id journal.ID) (l lateRow, err error) {
	h, hinted := i.hints.find(id)
	if !hinted {
		return l, nil
	}
	row, found, err := i.get(bucketLate, h.place())
	if err != nil || !found {
		return l, err
	}
	return lateRow{h, row}, nil
}

// ended returns the row of a task that has ended, in done or late, or is forgotten and
// not folded; nil if there is none. The place is of no task if it is in done.
func (i *image) ended(id journal.ID) (l lateRow, err error) {
	row, found, err := i.get(bucketDone, id[:])
	if err != nil || found {
		return lateRow{row: row}, err
	}
	if l, err = i.over(id); err != nil || l.row != nil {
		return l, err
	}
	sealed, found, err := i.get(bucketPlaces, id[:])
	if err != nil || !found {
		return l, err
	}
	if l.hint, err = openSeq(id, sealed); err == nil {
		l.row, _, err = i.get(bucketLate, l.place())
	}
	return l, err
}

// of returns the row of a task as it is now, nil if there is none. An error is a damaged
// page on the way to it.
func (i *image) of(id journal.ID) ([]byte, error) {
	base, found, err := i.get(bucketState, id[:])
	if err != nil {
		return nil, err
	}
	l, err := i.ended(id)
	if found && (err != nil || l.row == nil) {
		return base, err
	}
	if journal.IsEmptySeal(l.row) {
		return nil, err
	}
	return l.row, err
}
