package storetest

import (
	"errors"
	"maps"
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
		h.reopen()
	}
	if got := get(t, h.Store, 1).Task; got.State != journal.Running || !got.Held {
		t.Errorf("the array is %s, held %v: want it running, and held", got.State, got.Held)
	}
}

// testGroupIDs: the IDs of members are given away with their group's.
func testGroupIDs(t *testing.T, h *Harness) {
	commit(t, h.Store, array(1, "0-9,20"))
	if got := h.reopen().Meta().Last; got != memberID(1, 10) {
		t.Errorf("the last ID is %s: want that of the last member, %s", got, memberID(1, 10))
	}
}

// testFindForgotten: a member that has ended and is forgotten before its array is not taken
// for one that never started, and ended with the rest.
func testFindForgotten(t *testing.T, h *Harness) {
	commit(t, h.Store, array(1, "4"))
	for pos := range uint32(2) {
		commit(t, h.Store, done(1, pos, 4)...)
	}
	commit(t, h.Store, restCanceled(1, endOf(2), journal.Tally{Count: 4, Next: 2, Done: 2, Canceled: 2})...)
	if n := commitPruning(t, h.Store, nil, endedBefore(endOf(3), keepAll), 1); n != 1 {
		t.Fatalf("pruned %d tasks, want a member", n)
	}
	if e, err := journal.Find(h.Store, memberID(1, 0)); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("member 0, which was done, is forgotten: it is found as %s, %v", e.Task.State, err)
	}
	for pos, want := range map[uint32]journal.State{1: journal.Done, 2: journal.Canceled, 3: journal.Canceled} {
		if e, err := journal.Find(h.Store, memberID(1, pos)); err != nil || e.Task.State != want {
			t.Errorf("member %d is %s, %v; want %s", pos, e.Task.State, err, want)
		}
	}
}

// testFindForgottenAhead: nor is one that was done before it was its turn. While some of these
// are forgotten, and the array isn't yet, nothing is told of those that never started.
func testFindForgottenAhead(t *testing.T, h *Harness) {
	for i, c := range []struct {
		done []uint32
		next uint32
	}{{[]uint32{0, 3}, 1}, {[]uint32{2, 4}, 0}} {
		n0 := i + 1
		commit(t, h.Store, array(n0, "6"))
		for _, pos := range c.done {
			commit(t, h.Store, done(n0, pos, 6)...)
		}
		commit(t, h.Store, restCanceled(n0, endOf(n0), journal.Tally{Count: 6, Next: c.next, Ahead: 2 - c.next, Done: 2, Canceled: 4})...)
		states := map[uint32]journal.State{}
		for pos := range uint32(6) {
			states[pos] = journal.Canceled
		}
		for _, pos := range c.done {
			states[pos] = journal.Done
		}
		checkMembers(t, h.Store, n0, states)
		for _, pos := range c.done {
			if n := commitPruning(t, h.Store, nil, endedBefore(endOf(n0)+1, keepAll), 1); n != 1 {
				t.Fatalf("pruned %d tasks, want a member", n)
			}
			if delete(states, pos); pos >= c.next {
				maps.DeleteFunc(states, func(_ uint32, s journal.State) bool { return s == journal.Canceled })
			}
			checkMembers(t, h.Store, n0, states)
		}
		if n := commitPruning(t, h.Store, nil, endedBefore(endOf(n0)+1, keepAll), 1); n != 1 {
			t.Fatalf("pruned %d tasks, want the array", n)
		}
	}
}

// checkMembers tells whether these members of an array are found, each by itself and in the
// list, and no others.
func checkMembers(t *testing.T, s journal.Store, n0 int, want map[uint32]journal.State) {
	t.Helper()
	listed := map[uint32]journal.State{}
	whole := get(t, s, n0).Task
	err := journal.Members(s, &whole, 0, func(m *journal.Task) (bool, error) {
		pos, _ := whole.Position(m.ID)
		listed[pos] = m.State
		return false, nil
	})
	if err != nil || !maps.Equal(listed, want) {
		t.Errorf("members %v are listed, %v; want %v", listed, err, want)
	}
	for pos := range whole.Tally.Count {
		e, err := journal.Find(s, memberID(n0, pos))
		if state, there := want[pos]; there != (err == nil) || err == nil && e.Task.State != state || err != nil && !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("member %d is %s, %v; want %s", pos, e.Task.State, err, state)
		}
	}
}

// started are the records of a member that is dispatched.
func started(n0 int, pos, count uint32) []journal.Record {
	first := dispatch(n0, 1)
	first.Task = memberID(n0, pos)
	return []journal.Record{{
		Task: first.Task, Kind: journal.KindMember, Time: first.Time, Spec: array(n0, "1").Spec.OfMember(),
		Other: idOf(n0), Index: pos, Count: count,
	}, first}
}

// done are the records of a member that is dispatched and ends well.
func done(n0 int, pos, count uint32) []journal.Record {
	last := end(n0, 1, "result")
	last.Task, last.Time, last.Member = memberID(n0, pos), endOf(n0), true
	return append(started(n0, pos, count), last)
}

// restCanceled are the records of an array that ends when all that has not started is canceled.
func restCanceled(n0 int, endMS int64, n journal.Tally) []journal.Record {
	n.StartMS, n.Rest, n.RestReason, n.RestMS = epochMS, journal.Canceled, journal.ReasonCanceled, epochMS
	whole := endAt(n0, endMS)
	whole.Members = n.Count
	return []journal.Record{tally(n0, n), whole}
}

// testFindStarting: a member is found while it starts.
func testFindStarting(t *testing.T, h *Harness) {
	commit(t, h.Store, array(1, "4"))
	s := scanning{h.Store, func() {
		commit(t, h.Store, append(started(1, 0, 4), tally(1, journal.Tally{Count: 4, Next: 1, Out: 1, StartMS: epochMS}))...)
	}}
	if e, err := journal.Find(s, memberID(1, 0)); err != nil || e.Task.State != journal.Dispatched {
		t.Errorf("a member that is dispatched meanwhile is %s, %v", e.Task.State, err)
	}
}

// scanning calls a function before each scan of a store.
type scanning struct {
	journal.Store
	before func()
}

func (s scanning) Scan(r journal.Range, fn func(journal.Entry) error) (bool, error) {
	s.before()
	return s.Store.Scan(r, fn)
}
