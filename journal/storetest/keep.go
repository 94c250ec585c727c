package storetest

import (
	"errors"
	"fmt"
	"testing"

	"bcp/journal"
)

// endKept is endAt for a task that says how long it is kept.
func endKept(n int, keepMS int64) journal.Record {
	r := endAt(n, endOf(n))
	r.KeepMS = keepMS
	return r
}

// testPruneAsked: a task that says how long it is kept is forgotten then, neither
// sooner nor later, whatever becomes of the others.
func testPruneAsked(t *testing.T, h *Harness) {
	endTasks(t, h.Store, 1, 2)
	commit(t, h.Store, submit(3, "", "b"), endKept(3, 1000), submit(4, "", "b"), endKept(4, 50_000), submit(5, "", "b"), endKept(5, 1))
	if e := get(t, h.Store, 4); e.Task.KeepUntilMS != endOf(4)+50_000 {
		t.Errorf("task 4 ended at %d and is kept until %d", e.Task.EndedMS, e.Task.KeepUntilMS)
	}
	r := journal.Retention{NowMS: endOf(4), EndedMS: 1_000_000, Ended: 1, Asked: keepAll}
	if n := pruneBy(t, h.Store, r, 10); n != 1 { // by number, those that ask don't count
		t.Errorf("pruned %d tasks, want 1", n)
	}
	checkEnded(t, h.Store, ids(2, 3, 4, 5))
	r.NowMS++
	if n := pruneBy(t, h.Store, r, 10); n != 1 {
		t.Errorf("pruned %d tasks, want 1", n)
	}
	checkEnded(t, h.Store, ids(2, 4, 5))
	h.reopen()
	r.NowMS, r.EndedMS = endOf(20), 0
	if n := pruneBy(t, h.Store, r, 10); n != 2 {
		t.Errorf("pruned %d tasks, want 2", n)
	}
	checkEnded(t, h.Store, ids(4))
	r.NowMS = endOf(55)
	pruneBy(t, h.Store, r, 10)
	checkEnded(t, h.Store, ids())
}

// testPruneAskedByNumber: in excess, those go first that are due first.
func testPruneAskedByNumber(t *testing.T, h *Harness) {
	endTasks(t, h.Store, 1, 2)
	for n := 3; n <= 6; n++ {
		commit(t, h.Store, submit(n, "", "b"), endKept(n, int64(1_000_000/n)))
	}
	r := journal.Retention{NowMS: endOf(7), EndedMS: 1_000_000, Ended: keepAll, Asked: 2}
	if n := pruneBy(t, h.Store, r, 1); n != 2 {
		t.Errorf("pruned %d tasks, want 2", n)
	}
	checkEnded(t, h.Store, ids(1, 2, 3, 4))
}

// testPruneMembers: members stay as long as their whole, which goes last.
func testPruneMembers(t *testing.T, h *Harness) {
	const members = 5
	whole := submit(1, "k", "b")
	member := func(n uint32) (submit, end journal.Record) {
		submit, end = whole, endAt(1, endOf(1))
		submit.Task, end.Task = journal.IDPlus(whole.Task, n), journal.IDPlus(whole.Task, n)
		submit.Spec = &journal.Spec{Target: whole.Spec.Target}
		end.Member = true
		return submit, end
	}
	commit(t, h.Store, whole)
	want := ids(1)
	for n := uint32(1); n <= members; n++ {
		submit, end := member(n)
		commit(t, h.Store, submit, end)
		want = append(want, submit.Task)
	}
	end := endAt(1, endOf(10))
	end.Members = members
	commit(t, h.Store, end, submit(2, "", "b"), endAt(2, endOf(12)))
	pruneAll(t, h.Store, endOf(10), 2, 100)
	checkEnded(t, h.Store, append(want, idOf(2)))

	if n, err := prune(h.Store, endedBefore(endOf(11), keepAll), 3); n != 3 || err != nil {
		t.Errorf("first step: %d, %v; want 3 members", n, err)
	}
	if _, err := h.Store.Get(idOf(1)); err != nil {
		t.Errorf("the whole went before its members: %v", err)
	}
	if n := pruneAll(t, h.Store, endOf(11), keepAll, 3); n != members+1-3 {
		t.Errorf("pruned %d tasks later on", n)
	}
	checkEnded(t, h.Store, ids(2))
}

// remember keeps no task, and the keys of all for 10 s.
func remember(nowMS int64) journal.Retention {
	return journal.Retention{NowMS: nowMS, Ended: keepAll, Asked: keepAll, KeysMS: 10_000, Keys: keepAll}
}

func checkForgotten(t *testing.T, s journal.Store, n int, wantErr error) {
	t.Helper()
	if _, err := s.Get(idOf(n)); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("task %d is not forgotten: %v", n, err)
	}
	stone, err := s.Tombstone(idOf(n))
	want := journal.Tombstone{
		Task: idOf(n), Key: fmt.Sprint("key", n), Digest: [16]byte{15: 1}, State: journal.Canceled, EndedMS: endOf(n),
	}
	if !errors.Is(err, wantErr) || err == nil && stone != want {
		t.Errorf("tombstone of task %d: %+v, %v; want %+v, %v", n, stone, err, want, wantErr)
	}
}

// testTombstones: a key is remembered for longer than its task.
func testTombstones(t *testing.T, h *Harness) {
	endTasks(t, h.Store, 1, 3)
	commit(t, h.Store, submit(4, "", "b"), endAt(4, endOf(0)))
	if _, err := h.Store.Tombstone(idOf(1)); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("tombstone of a task that is there: %v", err)
	}
	if n := pruneBy(t, h.Store, remember(endOf(3)), 10); n != 3 {
		t.Errorf("pruned %d tasks, want 3", n)
	}
	for range 2 {
		checkForgotten(t, h.Store, 1, nil)
		checkForgotten(t, h.Store, 2, nil)
		checkForgotten(t, h.Store, 4, journal.ErrNotFound) // it had no key
		checkKey(t, h.Store, "key1", 1)
		checkEnded(t, h.Store, ids(3))
		h.reopen()
	}
	pruneBy(t, h.Store, remember(endOf(4)), 10)
	if n := pruneBy(t, h.Store, remember(endOf(13)+1), 1); n != 2 {
		t.Errorf("forgot %d keys, want 2", n)
	}
	checkForgotten(t, h.Store, 1, journal.ErrNotFound)
	checkForgotten(t, h.Store, 3, nil)
	if id, found, err := h.Store.ByKey("key1"); found || err != nil {
		t.Errorf("key of a task that is forgotten altogether: %v, %v, %v", id, found, err)
	}
}

func testTombstonesByNumber(t *testing.T, h *Harness) {
	endTasks(t, h.Store, 1, 4)
	r := remember(endOf(5))
	r.Keys = 3
	if n := pruneBy(t, h.Store, r, 10); n != 5 {
		t.Errorf("forgot %d tasks and keys, want 5", n)
	}
	checkForgotten(t, h.Store, 1, journal.ErrNotFound)
	for n := 2; n <= 4; n++ {
		checkForgotten(t, h.Store, n, nil)
		checkKey(t, h.Store, fmt.Sprint("key", n), n)
	}
}

// testTombstoneOfUsedKey: a key that has a later task stays with that.
func testTombstoneOfUsedKey(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "key1", "b"), endAt(1, endOf(1)), submit(2, "key1", "b"))
	pruneBy(t, h.Store, remember(endOf(3)), 10)
	checkForgotten(t, h.Store, 1, nil)
	checkKey(t, h.Store, "key1", 2)
	pruneBy(t, h.Store, remember(endOf(30)), 10)
	checkForgotten(t, h.Store, 1, journal.ErrNotFound)
	checkKey(t, h.Store, "key1", 2)
}

// testKeyOutOfTurn: of two tasks under one key the later one is forgotten first, and with
// it the key, when the clock was set back or the other one is kept for longer.
func testKeyOutOfTurn(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "key1", "b"), endAt(1, endOf(1)))
	pruneBy(t, h.Store, remember(endOf(20)), 10)
	commit(t, h.Store, submit(2, "key1", "b"), endAt(2, endOf(2)))
	commit(t, h.Store, submit(3, "key3", "b"), endKept(3, 100_000), submit(4, "key3", "b"), endAt(4, endOf(4)))
	pruneBy(t, h.Store, remember(endOf(5)), 10)
	checkKey(t, h.Store, "key1", 2)
	checkKey(t, h.Store, "key3", 4)
	pruneBy(t, h.Store, remember(endOf(16)), 10)
	checkForgotten(t, h.Store, 1, nil)
	checkEnded(t, h.Store, ids(3))
	for _, key := range []string{"key1", "key3"} {
		if id, found, err := h.Store.ByKey(key); found || err != nil {
			t.Errorf("%s: %v, %v, %v", key, id, found, err)
		}
	}
}
