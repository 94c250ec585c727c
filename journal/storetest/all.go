package storetest

import (
	"reflect"
	"testing"

	"bcp/journal"
)

// joined are the records of a broadcast, as task n0, with a member for each worker.
func joined(n0 int, workers ...string) []journal.Record {
	whole := submit(n0, "k", "shared")
	whole.Spec.Target = journal.Target{Kind: journal.ToAll, Name: "sum"}
	count := uint32(len(workers))
	records := []journal.Record{whole, tally(n0, journal.Tally{Count: count, Next: count})}
	for i, w := range workers {
		records = append(records, journal.Record{
			Task: memberID(n0, uint32(i)), Kind: journal.KindJoin, Time: atMS(n0, 2), Worker: w, Spec: whole.Spec.OfMember(),
			Other: whole.Task, Index: uint32(i), Count: count,
		})
	}
	return records
}

// testBroadcast: the members of a broadcast are rows of their own, each for its worker, and
// are forgotten with it.
func testBroadcast(t *testing.T, h *Harness) {
	commit(t, h.Store, joined(1, "node1", "node2")...)
	h.reopen()
	if got, want := h.Store.Meta().Last, journal.IDPlus(idOf(1), journal.MaxAll); got != want {
		t.Errorf("the last ID is %s: want that of the last member that may join, %s", got, want)
	}
	late := joined(1, "node1", "node2", "node3")[4]
	commit(t, h.Store, tally(1, journal.Tally{Count: 3, Next: 3}), late)
	h.reopen()
	for pos, worker := range []string{"node1", "node2", "node3"} {
		checkJoined(t, h.Store, uint32(pos), worker)
	}
	if _, err := journal.Find(h.Store, memberID(1, 3)); err == nil {
		t.Error("a member is found that nobody has")
	}
	for pos := range uint32(3) {
		end := endAt(1, endOf(1))
		end.Task, end.Member = memberID(1, pos), true
		commit(t, h.Store, end)
	}
	end := endAt(1, endOf(10))
	end.Members = 3
	commit(t, h.Store, tally(1, journal.Tally{Count: 3, Next: 3, Canceled: 3}), end)
	pruneAll(t, h.Store, endOf(10), keepAll, 100)
	checkEnded(t, h.Store, []journal.ID{idOf(1), memberID(1, 0), memberID(1, 1), memberID(1, 2)})
	if n := pruneAll(t, h.Store, endOf(11), keepAll, 100); n != 4 {
		t.Errorf("pruned %d tasks: want the broadcast and its 3 members", n)
	}
	checkEnded(t, h.Store, nil)
}

func checkJoined(t *testing.T, s journal.Store, pos uint32, worker string) {
	t.Helper()
	e, err := s.Get(memberID(1, pos))
	if err != nil {
		t.Fatal(err)
	}
	m, count := e.Task, max(pos+1, 2)
	want := &journal.Member{Group: idOf(1), Index: pos, Count: count}
	if !m.OfAll || m.Pinned != worker || !reflect.DeepEqual(m.Member, want) || m.Spec.Target != (journal.Target{Kind: journal.ToService, Name: "sum"}) {
		t.Errorf("member %d is %+v of %+v: want it worker %s's, of %+v", pos, m, m.Member, worker, want)
	}
}
