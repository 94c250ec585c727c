package catalog

import (
	"errors"
	"slices"
	"testing"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// addArray adds an array whose members 0, 1, 2 and 7 have rows; 1 is done.
func addArray(t *testing.T, store journal.Store, id journal.ID, members string, count uint32) {
	t.Helper()
	spec := &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"}, Array: members}
	records := []journal.Record{{Task: id, Kind: journal.KindSubmit, Time: epochMS, Spec: spec}}
	for _, pos := range []uint32{0, 1, 2, 7} {
		records = append(records, journal.Record{
			Task: journal.IDOf(id, pos), Kind: journal.KindMember, Time: epochMS, Spec: spec.OfMember(), Other: id, Index: pos, Count: count,
		})
	}
	records = append(records,
		journal.Record{Task: journal.IDOf(id, 1), Kind: journal.KindEnd, State: journal.Canceled, Reason: journal.ReasonCanceled, Time: epochMS + 1, Member: true},
		journal.Record{Task: id, Kind: journal.KindTally, Time: epochMS, Tally: &journal.Tally{Count: count, Next: 3, Ahead: 1, Canceled: 1}},
	)
	if err := store.Commit(records); err != nil {
		t.Fatal(err)
	}
}

// indexesOf lists the members of a list's pages by their indexes.
func indexesOf(t *testing.T, c Catalog, l api.List) (indexes []uint32) {
	t.Helper()
	for {
		end, err := c.List(t.Context(), l, func(task *journal.Task) error {
			if task.Member == nil || task.ID != journal.IDOf(task.Member.Group, task.Member.Index) {
				t.Errorf("task %s is listed as member %+v", task.ID, task.Member)
			}
			indexes = append(indexes, task.Member.Index)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !end.More {
			return indexes
		}
		l.Cursor = end.Cursor
	}
}

// A list of an array's members has those that have not started, in their places, in
// pages of any size, and so has a count.
func TestListArray(t *testing.T) {
	store := fill(t, 10)
	array := taskID(20)
	addArray(t, store, array, "20", 20)
	add(t, store, 30)
	c := New(store)
	all := []uint32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}
	live := slices.Concat(all[:1], all[2:])
	for limit := range 22 {
		l := api.List{Array: array.String(), Limit: limit, Filter: api.Filter{All: true}}
		if got := indexesOf(t, c, l); !slices.Equal(got, all) {
			t.Errorf("in pages of %d: %v", limit, got)
		}
		l.All = false
		if got := indexesOf(t, c, l); !slices.Equal(got, live) {
			t.Errorf("those that have not ended in pages of %d: %v", limit, got)
		}
	}
	counts, err := c.Count(t.Context(), api.List{Array: array.String(), Filter: api.Filter{All: true}})
	if want := []api.StateCount{{State: "pending", Tasks: 19}, {State: "canceled", Tasks: 1}}; err != nil || !slices.Equal(counts, want) {
		t.Errorf("counted %v, %v: want %v", counts, err, want)
	}
}

// Of a million members only those that are asked for are made.
func TestListLargeArray(t *testing.T) {
	store := fill(t, 0)
	array := taskID(20)
	addArray(t, store, array, "1000000", 1_000_000)
	seen := 0
	end, err := New(store).List(t.Context(), api.List{Array: array.String(), Limit: 5, Cursor: journal.IDOf(array, 500_000).String()}, func(task *journal.Task) error {
		if seen++; task.Member.Index != uint32(500_000+seen) {
			t.Errorf("member %d is listed at place %d", task.Member.Index, seen)
		}
		return nil
	})
	if err != nil || seen != 5 || end.Cursor != journal.IDOf(array, 500_005).String() {
		t.Errorf("%d members, the end is %+v, %v", seen, end, err)
	}
}

func TestListArrayRefuses(t *testing.T) {
	store := fill(t, 10)
	addArray(t, store, taskID(20), "20", 20)
	for _, l := range []api.List{{Array: taskID(1).String()}, {Array: taskID(20).String(), Sort: "-submitted"}, {Array: "1"}} {
		_, err := New(store).List(t.Context(), l, func(*journal.Task) error { return nil })
		var e *api.Error
		if !errors.As(err, &e) || e.Code != api.CodeBadRequest {
			t.Errorf("%+v: %v", l, err)
		}
	}
}
