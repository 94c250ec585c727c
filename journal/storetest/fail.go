package storetest

import (
	"errors"
	"slices"
	"testing"

	"bcp/journal"
)

// testFailedCommit: after a commit that failed the store takes no more, and
// what it had committed before is there when it is opened again.
func testFailedCommit(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "", "b"))
	h.FailNext()
	if err := h.Store.Commit([]journal.Record{submit(2, "", "b")}); err == nil {
		t.Fatal("the commit that had to fail returned nil")
	}
	for range 2 {
		if err := h.Store.Commit([]journal.Record{submit(3, "", "b")}); !errors.Is(err, journal.ErrFailed) {
			t.Errorf("commit after a failed one: %v, want %v", err, journal.ErrFailed)
		}
	}
	if err := h.Store.Commit(nil); !errors.Is(err, journal.ErrFailed) {
		t.Errorf("empty commit after a failed one: %v, want %v", err, journal.ErrFailed)
	}
	if _, err := prune(h.Store, endedBefore(0, 0), 1); !errors.Is(err, journal.ErrFailed) {
		t.Errorf("prune after a failed commit: %v, want %v", err, journal.ErrFailed)
	}
	got := live(t, h.reopen())
	if got[0] != idOf(1) || slices.Contains(got, idOf(3)) {
		t.Errorf("live tasks after reopening: %v", got)
	}
}

// testImpossibleBatch: a record for a task that is not live fails the batch,
// and no part of it is there.
func testImpossibleBatch(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "", "b"), endAt(1, endOf(1)), submit(2, "", "b"))
	err := h.Store.Commit([]journal.Record{submit(3, "k", "b"), dispatch(2, 1), dispatch(1, 1)})
	if !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("dispatch of an ended task: %v, want %v", err, journal.ErrNotFound)
	}
	again := h.reopen()
	if got := live(t, again); !slices.Equal(got, ids(2)) {
		t.Errorf("live: %v, want task 2", got)
	}
	if e := get(t, again, 2); e.Task.State != journal.Pending {
		t.Errorf("task 2 is %s", e.Task.State)
	}
	if _, found, err := again.ByKey("k"); found || err != nil {
		t.Errorf("key of a batch that failed: %v, %v", found, err)
	}
}

func testTwiceSubmitted(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "", "b"), submit(2, "", "b"), endAt(1, endOf(1)))
	for _, n := range []int{1, 2} {
		if err := h.Store.Commit([]journal.Record{submit(n, "", "c")}); err == nil {
			t.Errorf("task %d was submitted twice", n)
		}
		h.reopen()
	}
	if e := get(t, h.Store, 1); e.Task.State != journal.Canceled {
		t.Errorf("task 1 is %s", e.Task.State)
	}
}

// testFencing: when another broker has taken over, nothing is written.
func testFencing(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "", "b"))
	h.TakeOver()
	if err := h.Store.Commit([]journal.Record{submit(2, "", "b")}); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("commit of a fenced store: %v, want %v", err, journal.ErrFenced)
	}
	if err := h.Store.Commit([]journal.Record{submit(3, "", "b")}); !errors.Is(err, journal.ErrFailed) {
		t.Errorf("the one after it: %v, want %v", err, journal.ErrFailed)
	}
	if got := live(t, h.reopen()); !slices.Equal(got, ids(1)) {
		t.Errorf("live: %v, want task 1", got)
	}
}
