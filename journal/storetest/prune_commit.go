package storetest

import (
	"errors"
	"math"
	"testing"

	"bcp/journal"
)

// testPruneInCommit: a commit that prunes forgets what was there to forget before it,
// and nothing that its own records end.
func testPruneInCommit(t *testing.T, h *Harness) {
	endTasks(t, h.Store, 1, 6)
	batch := []journal.Record{submit(7, "key1", "b"), submit(8, "", "b"), endAt(8, endOf(2))}
	if n := commitPruning(t, h.Store, batch, endedBefore(endOf(5), keepAll), 3); n != 3 {
		t.Errorf("forgot %d tasks with a commit, want 3", n)
	}
	for range 2 {
		checkEnded(t, h.Store, ids(4, 5, 6, 8))
		checkKey(t, h.Store, "key1", 7)
		checkBody(t, h.Store, 7, "b", nil)
		if _, found, err := h.Store.ByKey("key2"); found || err != nil {
			t.Errorf("key of a pruned task: %v, %v", found, err)
		}
		h.reopen()
	}
	if n := commitPruning(t, h.Store, []journal.Record{endAt(7, endOf(7))}, endedBefore(endOf(5), keepAll), 3); n != 2 {
		t.Errorf("forgot %d tasks with a commit, want 2", n)
	}
	checkEnded(t, h.Store, ids(5, 6, 7))
	if n := commitPruning(t, h.Store, nil, endedBefore(0, 1), 10); n != 2 {
		t.Errorf("forgot %d tasks with a commit of nothing, want 2", n)
	}
	checkEnded(t, h.Store, ids(7))
}

func commitPruning(t *testing.T, s journal.Store, batch []journal.Record, r journal.Retention, limit int) int {
	t.Helper()
	s.Meta() // sees all that was committed, so that it can be forgotten
	n, damage, err := s.CommitAndPrune(batch, r, limit)
	if err := errors.Join(damage, err); err != nil {
		t.Fatalf("commit and prune: %v", err)
	}
	s.Meta()
	later, damage, err := s.CommitAndPrune(nil, r, 0)
	if err := errors.Join(damage, err); err != nil {
		t.Fatalf("prune nothing: %v", err)
	}
	return n + later
}

// testPruneInFailedCommit: when the batch fails, nothing is forgotten.
func testPruneInFailedCommit(t *testing.T, h *Harness) {
	endTasks(t, h.Store, 1, 3)
	everything := endedBefore(math.MaxInt64, 0)
	n, damage, err := h.Store.CommitAndPrune([]journal.Record{dispatch(3, 1)}, everything, 10)
	if n != 0 || damage != nil || !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("dispatch of an ended task: forgot %d, %v, %v", n, damage, err)
	}
	if n, damage, err := h.Store.CommitAndPrune(nil, everything, 10); n != 0 || damage != nil || !errors.Is(err, journal.ErrFailed) {
		t.Errorf("the one after it: forgot %d, %v, %v, want %v", n, damage, err, journal.ErrFailed)
	}
	h.reopen()
	checkEnded(t, h.Store, ids(1, 2, 3))
}
