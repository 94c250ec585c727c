package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"bcp/journal"
)

const keepAll = math.MaxUint64

// endedBefore has the tasks forgotten that ended before a time or are in excess
// of a number, and keys with them.
func endedBefore(ms int64, keep uint64) journal.Retention {
	return journal.Retention{NowMS: ms, Ended: keep, Asked: keepAll}
}

// prune takes one step of pruning, by itself, and returns how many it forgot.
func prune(s journal.Store, r journal.Retention, limit int) (int, error) {
	n, damage, err := s.CommitAndPrune(nil, r, limit)
	return n, cmp.Or(err, damage)
}

// endTasks submits tasks first to last and ends each, in a batch of its own, a
// second after the one before.
func endTasks(t *testing.T, s journal.Store, first, last int) {
	t.Helper()
	for n := first; n <= last; n++ {
		commit(t, s, submit(n, fmt.Sprint("key", n), "b"), endAt(n, endOf(n)))
	}
}

func endOf(n int) int64 { return epochMS + int64(n)*1000 }

// pruneAll prunes until two calls in a row find nothing.
func pruneAll(t *testing.T, s journal.Store, before int64, keep uint64, limit int) int {
	t.Helper()
	return pruneBy(t, s, endedBefore(before, keep), limit)
}

func pruneBy(t *testing.T, s journal.Store, r journal.Retention, limit int) int {
	t.Helper()
	total := 0
	for idle := 0; idle < 2; {
		n, err := prune(s, r, limit)
		if err != nil {
			t.Fatalf("prune: %v", err)
		}
		if n > limit {
			t.Fatalf("prune forgot %d tasks, limit %d", n, limit)
		}
		total += n
		idle++
		if n > 0 {
			idle = 0
		}
	}
	return total
}

func checkEnded(t *testing.T, s journal.Store, want []journal.ID) {
	t.Helper()
	if got := scanAll(t, s, journal.Range{Ended: true}); !slices.Equal(got, want) {
		t.Errorf("ended tasks: %v\nwant %v", got, want)
	}
	if got := s.Meta().Ended; got != uint64(len(want)) {
		t.Errorf("meta counts %d ended tasks, want %d", got, len(want))
	}
}

func testPruneByAge(t *testing.T, h *Harness) {
	endTasks(t, h.Store, 1, 6)
	commit(t, h.Store, submit(7, "", "b"))
	if n := pruneAll(t, h.Store, endOf(1), keepAll, 10); n != 0 {
		t.Errorf("pruned %d tasks that did not end before the time", n)
	}
	if n := pruneAll(t, h.Store, endOf(3), keepAll, 10); n != 2 {
		t.Errorf("pruned %d tasks, want 2", n)
	}
	checkEnded(t, h.Store, ids(3, 4, 5, 6))
	for _, err := range []error{errOf(h.Store.Get(idOf(1))), errOf(h.Store.Result(idOf(1)))} {
		if !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("reading a pruned task: %v", err)
		}
	}
	h.reopen()
	if n := pruneAll(t, h.Store, math.MaxInt64, keepAll, 10); n != 4 {
		t.Errorf("pruned %d tasks, want 4", n)
	}
	checkEnded(t, h.Store, ids())
	if got := live(t, h.Store); !slices.Equal(got, ids(7)) {
		t.Errorf("live tasks after pruning: %v", got)
	}
	commit(t, h.Store, endAt(7, endOf(7))) // what ends later is due as well
	if n := pruneAll(t, h.Store, math.MaxInt64, keepAll, 10); n != 1 {
		t.Errorf("pruned %d tasks, want 1", n)
	}
}

func errOf[T any](_ T, err error) error { return err }

// testPruneReopened: what an earlier opening has kept is due in its turn.
func testPruneReopened(t *testing.T, h *Harness) {
	endTasks(t, h.Store, 1, 3)
	h.reopen()
	if n := pruneAll(t, h.Store, endOf(1), keepAll, 10); n != 0 {
		t.Errorf("pruned %d tasks that did not end before the time", n)
	}
	if n := pruneAll(t, h.Store, endOf(3), keepAll, 10); n != 2 {
		t.Errorf("pruned %d tasks, want 2", n)
	}
	checkEnded(t, h.Store, ids(3))
}

func testPruneByNumber(t *testing.T, h *Harness) {
	endTasks(t, h.Store, 1, 6)
	if n := pruneAll(t, h.Store, 0, 6, 10); n != 0 {
		t.Errorf("pruned %d tasks that are not in excess", n)
	}
	if n := pruneAll(t, h.Store, 0, 4, 10); n != 2 {
		t.Errorf("pruned %d tasks, want 2", n)
	}
	checkEnded(t, h.Store, ids(3, 4, 5, 6))
	if n := pruneAll(t, h.Store, endOf(5), 3, 10); n != 2 {
		t.Errorf("pruned %d tasks by both rules, want 2", n)
	}
	checkEnded(t, h.Store, ids(5, 6))
	pruneAll(t, h.Store, 0, 0, 10)
	checkEnded(t, h.Store, ids())
}

func testPruneSteps(t *testing.T, h *Harness) {
	endTasks(t, h.Store, 1, 10)
	if n, err := prune(h.Store, endedBefore(math.MaxInt64, keepAll), 3); n != 3 || err != nil {
		t.Errorf("prune of at most 3: %d, %v", n, err)
	}
	if n, err := prune(h.Store, endedBefore(0, 5), 1); n != 1 || err != nil {
		t.Errorf("prune of at most 1: %d, %v", n, err)
	}
	checkEnded(t, h.Store, ids(5, 6, 7, 8, 9, 10))
	if n := pruneAll(t, h.Store, endOf(9), keepAll, 2); n != 4 {
		t.Errorf("pruned %d tasks in steps of 2, want 4", n)
	}
	checkEnded(t, h.Store, ids(9, 10))
	endTasks(t, h.Store, 11, 12)
	if n := pruneAll(t, h.Store, endOf(12), keepAll, 2); n != 3 {
		t.Errorf("pruned %d tasks later on, want 3", n)
	}
	checkEnded(t, h.Store, ids(12))
}

// testPruneLongTask: tasks that were submitted early and ended late don't
// keep others, and are forgotten in their turn.
func testPruneLongTask(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "", "b"), submit(2, "", "b"), submit(3, "", "b"))
	endTasks(t, h.Store, 4, 8)
	commit(t, h.Store, endAt(1, endOf(20)), endAt(2, endOf(30)))
	if n := pruneAll(t, h.Store, endOf(7), keepAll, 2); n > 3 {
		t.Errorf("pruned %d tasks, want 3", n)
	}
	pruneAll(t, h.Store, endOf(7), keepAll, 2) // a pass may take several rounds
	checkEnded(t, h.Store, ids(1, 2, 7, 8))
	commit(t, h.Store, endAt(3, endOf(9)))
	for range 3 {
		pruneAll(t, h.Store, endOf(25), keepAll, 2)
	}
	checkEnded(t, h.Store, ids(2))
}

// testPruneKeys: a key goes with its task, but not with an earlier one.
func testPruneKeys(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "k", "a"), endAt(1, endOf(1)), submit(2, "gone", "b"), endAt(2, endOf(2)))
	commit(t, h.Store, submit(3, "k", "c"))
	if n := pruneAll(t, h.Store, endOf(3), keepAll, 10); n != 2 {
		t.Fatalf("pruned %d tasks, want 2", n)
	}
	checkKey(t, h.Store, "k", 3)
	if id, found, err := h.Store.ByKey("gone"); found || err != nil {
		t.Errorf("key of a pruned task: %v, %v, %v", id, found, err)
	}
}
