package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"

	"bcp/journal"
	"bcp/journal/bolt"
)

// errStruck tells that a tool was killed.
var errStruck = errors.New("killed")

// holdsAll finds what a file that has a journal's name has not, of all that was
// acknowledged and told.
func (f *filing) holdsAll(ctx context.Context, path string) {
	if f.verify(ctx, path) {
		f.ledger.checkFile(path)
	}
}

// verify finds what is not whole in a file.
func (f *filing) verify(ctx context.Context, path string) (whole bool) {
	var first string
	checked, err := bolt.VerifyFile(ctx, path, bolt.Options{}, func(p journal.Problem) {
		if first == "" && !p.Note {
			first = p.String()
		}
	}, nil)
	if ctx.Err() != nil {
		return false
	}
	if err != nil || checked.Problems > 0 {
		f.find("%s after %d calls of the tool: %v, %d problems, the first is %q", path, f.count, err, checked.Problems, first)
	}
	return err == nil && checked.Problems == 0
}

// checkTaken compares the backups that were taken meanwhile with what was known when each
// began, and with the journal in the end.
func (f *filing) checkTaken(ctx context.Context) {
	last, err := histories(f.db())
	if err != nil {
		f.find("%s: %v", f.db(), err)
		return
	}
	for _, t := range f.taken {
		if !f.verify(ctx, t.path) {
			continue
		}
		got, err := histories(t.path)
		if err == nil {
			err = t.check(got)
		}
		if err == nil {
			err = oneMoment(got, last, f.ledger.accepted)
		}
		if err != nil {
			f.find("%s: %v", t.path, err)
		}
		if t.path != f.whole {
			f.discard(t.path)
		}
	}
}

// histories are the records of each task of a journal, but for those that take the place
// of the one before: how an array's members are counted.
func histories(path string) (map[journal.ID][]journal.Record, error) {
	store, err := bolt.OpenReadOnly(path, bolt.Options{})
	if err != nil {
		return nil, err
	}
	all := map[journal.ID][]journal.Record{}
	err = eachTask(store, func(e *journal.Entry) {
		all[e.Task.ID] = slices.DeleteFunc(e.Records, func(r journal.Record) bool { return r.Kind == journal.KindTally })
	})
	return all, errors.Join(err, store.Close())
}

// check tells whether a backup has what was acknowledged and told before it began.
func (t *taken) check(got map[journal.ID][]journal.Record) error {
	for key, id := range t.accepted {
		records, found := got[id]
		if !found {
			return fmt.Errorf("%s, task %s, is missing, which was accepted before", key, id)
		}
		end := records[len(records)-1]
		if told, known := t.told[key]; known && (end.Kind != journal.KindEnd || end.State != told.State || end.Reason != told.Reason) {
			return fmt.Errorf("%s, task %s, has a last record of kind %v, and was told before to have ended as %s (%s)", key, id, end.Kind, told.State, told.Reason)
		}
	}
	return nil
}

// oneMoment tells whether a backup is as of one moment: of each task it has the first
// records, and of all that is older than the youngest in it, everything. Times are those
// of the broker's steps, which are committed in their order; the records of one
// millisecond may be in two commits. The first record of a member of an array is that of
// the array, and is written later.
func oneMoment(got, last map[journal.ID][]journal.Record, accepted map[string]journal.ID) error {
	submits := map[journal.ID]bool{}
	for _, id := range accepted {
		submits[id] = true
	}
	youngest := int64(math.MinInt64)
	for id, records := range got {
		if n := len(records); n > len(last[id]) || !reflect.DeepEqual(records, last[id][:n]) {
			return fmt.Errorf("task %s has %d records, which are not the first of those in the end", id, n)
		}
		youngest = max(youngest, records[len(records)-1].Time)
	}
	for id, records := range last {
		for i := len(got[id]); i < len(records); i++ {
			if records[i].Time < youngest && (i > 0 || submits[id]) {
				return fmt.Errorf("task %s lacks record %d of %d, of %d ms, and there is one of %d ms", id, i, len(records), records[i].Time, youngest)
			}
		}
	}
	return nil
}
