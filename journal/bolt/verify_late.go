package bolt

import (
	"errors"
	"fmt"

	"bcp/journal"
	"bcp/migrations"
)

// checkLateEntry looks at an entry of the buckets of tasks that ended late.
func (v *verifier) checkLateEntry(bucket string, key, value []byte) error {
	switch bucket {
	case migrations.Places:
		return v.checkPlace(key, value)
	case migrations.Unfolded:
		return v.checkUnfolded(key, value)
	}
	h, err := hintOf(key)
	if err != nil {
		return err
	}
	if bucket == migrations.LateResults {
		return v.checkLateResult(h, value)
	}
	return v.checkLate(h, value)
}

// checkLate looks at the row of a task that ended late, and at what leads to it.
func (v *verifier) checkLate(h hint, row []byte) error {
	_, based, err := v.image.get(bucketState, h.id[:])
	if err != nil {
		return nil // a damaged page, which has been told
	}
	if journal.IsEmptySeal(row) {
		if !based {
			return errors.New("it is forgotten, and nothing is left that it stands over")
		}
		return errors.Join(v.leads(h, based), journal.CheckSeal(h.id, row))
	}
	v.late++
	v.checked.Ended++
	return errors.Join(
		v.leads(h, based), v.without(bucketDone, h.id),
		v.checkEnded(h.id, row, bucketLateResults, h.place()))
}

// leads tells whether a task is found where it is: by a hint while it has a base, and
// then by its entry in places.
func (v *verifier) leads(h hint, based bool) error {
	if based {
		if hinted, ok := v.image.hints.find(h.id); !ok || hinted != h {
			return errors.New("it has ended, and bucket unfolded doesn't say so: it would run again")
		}
		return nil
	}
	sealed, found, err := v.image.get(bucketPlaces, h.id[:])
	if err != nil {
		return nil // a damaged page, which has been told
	}
	if !found {
		return errors.New("it has no entry in bucket places")
	}
	if placed, err := openSeq(h.id, sealed); err == nil && placed != h {
		return fmt.Errorf("bucket places has another entry of it, %d", placed.seq)
	}
	return nil
}

func (v *verifier) checkLateResult(h hint, sealed []byte) error {
	row, found, err := v.image.get(bucketLate, h.place())
	if err == nil && (!found || journal.IsEmptySeal(row)) {
		err = errors.New("there is no such task")
	}
	return errors.Join(err, v.checkPayload(h.id, sealed))
}

func (v *verifier) checkPlace(key, sealed []byte) error {
	id, err := idOf(key)
	if err != nil {
		return err
	}
	h, err := openSeq(id, sealed)
	if err != nil {
		return err
	}
	if _, found, err := v.image.get(bucketLate, h.place()); err == nil && !found {
		return errors.New("there is no such task")
	}
	return v.without(bucketState, id)
}

// checkUnfolded looks at what says which tasks have ended late. Of those that have been
// folded since, or are forgotten, nothing is to be said.
func (v *verifier) checkUnfolded(key, sealed []byte) error {
	_, err := openChunk(key, sealed)
	return err
}
