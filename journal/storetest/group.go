package storetest

import (
	"reflect"
	"slices"
	"testing"

	"bcp/journal"
)

// array submits an array of n members as task n0.
func array(n0 int, members string) journal.Record {
	r := submit(n0, "", "shared")
	r.Spec.Array = members
	return r
}

func memberID(n0 int, pos uint32) journal.ID { return journal.IDOf(idOf(n0), pos) }

func tally(n0 int, t journal.Tally) journal.Record {
	return journal.Record{Task: idOf(n0), Kind: journal.KindTally, Time: atMS(n0, 2), Tally: &t}
}

// testTally: a tally takes the place of the one before, and of no other record.
func testTally(t *testing.T, h *Harness) {
	first, second := journal.Tally{Count: 4, Next: 1, Out: 1, StartMS: epochMS}, journal.Tally{Count: 4, Next: 2, Out: 2, StartMS: epochMS}
	hold := journal.Record{Task: idOf(1), Kind: journal.KindHold, Time: atMS(1, 2), By: "someone"}
	third := journal.Tally{Count: 4, Next: 2, Out: 1, Done: 1, StartMS: epochMS}
	for _, step := range []struct {
		records []journal.Record
		want    []journal.Kind
	}{
		{[]journal.Record{array(1, "4"), tally(1, first)}, []journal.Kind{journal.KindSubmit, journal.KindTally}},
		{[]journal.Record{tally(1, first), tally(1, second)}, []journal.Kind{journal.KindSubmit, journal.KindTally}},
		{[]journal.Record{hold}, []journal.Kind{journal.KindSubmit, journal.KindTally, journal.KindHold}},
		{[]journal.Record{tally(1, third)}, []journal.Kind{journal.KindSubmit, journal.KindTally, journal.KindHold, journal.KindTally}},
	} {
		commit(t, h.Store, step.records...)
		e := get(t, h.Store, 1)
		var kinds []journal.Kind
		for _, r := range e.Records {
			kinds = append(kinds, r.Kind)
		}
		if want := step.records[len(step.records)-1].Tally; !slices.Equal(kinds, step.want) || want != nil && !reflect.DeepEqual(e.Task.Tally, want) {
			t.Errorf("records %v and tally %+v: want %v, %+v", kinds, e.Task.Tally, step.want, want)
		}
		h.Store = h.Reopen()
	}
	if got := get(t, h.Store, 1).Task; got.State != journal.Running || !got.Held {
		t.Errorf("the array is %s, held %v: want it running, and held", got.State, got.Held)
	}
}

// testGroupIDs: the IDs of members are given away with their group's.
func testGroupIDs(t *testing.T, h *Harness) {
	commit(t, h.Store, array(1, "0-9,20"))
	if got := h.Reopen().Meta().Last; got != memberID(1, 10) {
		t.Errorf("the last ID is %s: want that of the last member, %s", got, memberID(1, 10))
	}
}
