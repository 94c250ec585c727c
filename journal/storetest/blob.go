package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"bcp/journal"
)

// staged is large enough that no engine keeps it in a page.
func staged(n int) []byte { return bytes.Repeat(fmt.Appendf(nil, "payload %d ", n), 50_000) }

func stage(t *testing.T, s journal.Store, n int) journal.Blob {
	t.Helper()
	b, err := s.Stage(staged(n))
	if err != nil || b.IsZero() || b.Size != len(staged(n)) {
		t.Fatalf("stage: %+v, %v", b, err)
	}
	return b
}

// withBlob puts a staged payload into the place of a record's own.
func withBlob(t *testing.T, s journal.Store, r journal.Record, n int) journal.Record {
	t.Helper()
	r.Payload, r.Blob = nil, stage(t, s, n)
	return r
}

func checkBlobs(t *testing.T, h *Harness, want int) {
	t.Helper()
	if got := h.Blobs(); got != want {
		t.Errorf("%d payloads that were written apart, want %d", got, want)
	}
}

// checkOrBlob checks that a payload is at hand, or written apart with so many bytes.
func checkOrBlob(t *testing.T, read func(journal.ID) ([]byte, journal.Blob, error), n int, want string, apart int) {
	t.Helper()
	payload, blob, err := read(idOf(n))
	if err != nil || string(payload) != want || blob.Size != apart || blob.IsZero() != (apart == 0) {
		t.Errorf("task %d: %d bytes, blob %+v, %v: want %q, or %d bytes apart", n, len(payload), blob, err, want, apart)
	}
}

// testStaged: a payload that was written apart is read like any other.
func testStaged(t *testing.T, h *Harness) {
	commit(t, h.Store, withBlob(t, h.Store, submit(1, "", ""), 1), submit(2, "", "small"))
	commit(t, h.Store, dispatch(1, 1), dispatch(2, 1))
	for range 2 {
		checkBody(t, h.Store, 1, string(staged(1)), nil)
		checkBody(t, h.Store, 2, "small", nil)
		checkOrBlob(t, h.Store.BodyOrBlob, 1, "", len(staged(1)))
		checkOrBlob(t, h.Store.BodyOrBlob, 2, "small", 0)
		checkBlobs(t, h, 1)
		h.reopen()
	}
	commit(t, h.Store, withBlob(t, h.Store, end(1, 1, ""), 2), end(2, 1, "result"))
	for range 2 {
		checkBody(t, h.Store, 1, "", journal.ErrNotFound)
		checkResult(t, h.Store, 1, string(staged(2)), nil)
		checkResult(t, h.Store, 2, "result", nil)
		checkOrBlob(t, h.Store.ResultOrBlob, 1, "", len(staged(2)))
		checkOrBlob(t, h.Store.ResultOrBlob, 2, "result", 0)
		if e := get(t, h.Store, 1); e.Task.ResultSize != len(staged(2)) || e.Records[0].Size != len(staged(1)) {
			t.Errorf("sizes in task 1: %d, %+v", e.Task.ResultSize, e.Records)
		}
		checkBlobs(t, h, 1)
		h.reopen()
	}
}

// testStagedIsRead: a payload that was written apart is read piece by piece, also when it is
// forgotten meanwhile. Then it is damage to ask for it.
func testStagedIsRead(t *testing.T, h *Harness) {
	commit(t, h.Store, withBlob(t, h.Store, submit(1, "", ""), 1))
	h.reopen()
	_, blob, err := h.Store.BodyOrBlob(idOf(1))
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.Store.OpenBlob(blob)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, h.Store, endAt(1, endOf(1)))
	checkBlobs(t, h, 0)
	stage(t, h.Store, 2) // which a file that is let go of would be written over with
	if body, err := io.ReadAll(r); err != nil || !bytes.Equal(body, staged(1)) {
		t.Errorf("%d bytes are read, %v: want %d", len(body), err, len(staged(1)))
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := h.Store.OpenBlob(blob); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("one that is gone: %v", err)
	}
}

// testStagedUnused: what no commit refers to doesn't stay.
func testStagedUnused(t *testing.T, h *Harness) {
	commit(t, h.Store, withBlob(t, h.Store, submit(1, "", ""), 1))
	stage(t, h.Store, 2)
	h.Store.Discard(stage(t, h.Store, 3))
	h.reopen()
	checkBlobs(t, h, 1)
	commit(t, h.Store, withBlob(t, h.Store, submit(2, "", ""), 2), endAt(2, endOf(2))) // gone at once
	checkBlobs(t, h, 1)
	checkBody(t, h.Store, 1, string(staged(1)), nil)
}

// testStagedForgotten: kept bodies and results go with their task.
func testStagedForgotten(t *testing.T, h *Harness) {
	for n := 1; n <= 3; n++ {
		last := withBlob(t, h.Store, endAt(n, endOf(n)), 10*n)
		last.KeepBody = n > 1
		commit(t, h.Store, withBlob(t, h.Store, submit(n, "", ""), n))
		commit(t, h.Store, last)
	}
	checkBlobs(t, h, 5)
	checkBody(t, h.Store, 2, string(staged(2)), nil)
	if n := pruneAll(t, h.Store, endOf(3), keepAll, 10); n != 2 {
		t.Errorf("pruned %d tasks, want 2", n)
	}
	checkBlobs(t, h, 2)
	checkResult(t, h.Store, 2, "", journal.ErrNotFound)
	checkBody(t, h.Store, 3, string(staged(3)), nil)
	checkResult(t, h.Store, 3, string(staged(30)), nil)
}

// testStagedFailed: after a commit of unknown outcome the payload is there if its
// record is.
func testStagedFailed(t *testing.T, h *Harness) {
	commit(t, h.Store, withBlob(t, h.Store, submit(1, "", ""), 1))
	second, last := withBlob(t, h.Store, submit(2, "", ""), 2), endAt(1, endOf(1))
	h.FailNext()
	if err := h.Store.Commit([]journal.Record{last, second}); err == nil {
		t.Fatal("the commit that had to fail returned nil")
	}
	h.reopen()
	if _, err := h.Store.Get(idOf(2)); errors.Is(err, journal.ErrNotFound) {
		checkBody(t, h.Store, 1, string(staged(1)), nil)
	} else {
		checkBody(t, h.Store, 2, string(staged(2)), nil)
	}
	checkBlobs(t, h, 1)
}
