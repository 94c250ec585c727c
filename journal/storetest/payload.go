package storetest

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"bcp/journal"
)

// testPayloads: a body is there until the end, a result from then on, and an
// empty one is something else than none.
func testPayloads(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "", "body"), submit(2, "", ""))
	checkBody(t, h.Store, 1, "body", nil)
	checkBody(t, h.Store, 2, "", nil)
	checkResult(t, h.Store, 1, "", journal.ErrNotFound)
	checkResult(t, h.Store, 2, "", journal.ErrNotFound)

	commit(t, h.Store, dispatch(1, 1), dispatch(2, 1))
	h.reopen()
	checkBody(t, h.Store, 1, "body", nil)
	checkBody(t, h.Store, 2, "", nil)

	commit(t, h.Store, end(1, 1, ""), end(2, 1, "result"))
	checkBody(t, h.Store, 1, "", journal.ErrNotFound)
	checkBody(t, h.Store, 2, "", journal.ErrNotFound)
	checkResult(t, h.Store, 1, "", nil)
	checkResult(t, h.Store, 2, "result", nil)
	if e := get(t, h.Store, 2); e.Records[0].Size != 0 || e.Records[2].Size != len("result") {
		t.Errorf("sizes in the records of task 2: %+v", e.Records)
	}
}

// testPayloadsAreCopies: what a reader does with a payload is its own affair.
func testPayloadsAreCopies(t *testing.T, h *Harness) {
	large := strings.Repeat("large", 1000) // small ones may be copied by the way
	commit(t, h.Store, submit(1, "", large), submit(2, "", "b"), dispatch(2, 1), end(2, 1, large))
	for range 2 {
		body, bodyErr := h.Store.Body(idOf(1))
		result, resultErr := h.Store.Result(idOf(2))
		if string(body) != large || string(result) != large || bodyErr != nil || resultErr != nil {
			t.Fatalf("body of %d bytes, %v; result of %d bytes, %v", len(body), bodyErr, len(result), resultErr)
		}
		clear(body)
		clear(result)
	}
}

func checkBody(t *testing.T, s journal.Store, n int, want string, wantErr error) {
	t.Helper()
	body, err := s.Body(idOf(n))
	if string(body) != want || !errors.Is(err, wantErr) {
		t.Errorf("body of task %d: %q, %v; want %q, %v", n, body, err, want, wantErr)
	}
}

func checkResult(t *testing.T, s journal.Store, n int, want string, wantErr error) {
	t.Helper()
	result, err := s.Result(idOf(n))
	if string(result) != want || !errors.Is(err, wantErr) {
		t.Errorf("result of task %d: %q, %v; want %q, %v", n, result, err, want, wantErr)
	}
}

func testLargePayloads(t *testing.T, h *Harness) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 5<<20/16)
	first, last := submit(1, "", ""), end(1, 1, "")
	first.Payload, last.Payload = large, large[1:]
	commit(t, h.Store, first, submit(2, "", "small"))
	commit(t, h.Store, dispatch(1, 1))
	if body, err := h.Store.Body(idOf(1)); err != nil || !bytes.Equal(body, large) {
		t.Errorf("body of %d bytes, %v; want %d bytes", len(body), err, len(large))
	}
	commit(t, h.Store, last)
	if result, err := h.reopen().Result(idOf(1)); err != nil || !bytes.Equal(result, large[1:]) {
		t.Errorf("result of %d bytes, %v; want %d bytes", len(result), err, len(large)-1)
	}
}

// testKeptBodies: the body of a task that has ended is there if the end says so,
// until the task is forgotten.
func testKeptBodies(t *testing.T, h *Harness) {
	kept, empty, dropped, atOnce := endAt(1, endOf(1)), endAt(2, endOf(2)), endAt(3, endOf(3)), endAt(4, endOf(4))
	kept.KeepBody, empty.KeepBody, atOnce.KeepBody = true, true, true
	commit(t, h.Store, submit(1, "", "one"), submit(2, "", ""), submit(3, "", "three"))
	commit(t, h.Store, kept, empty, dropped, submit(4, "", "four"), atOnce)
	for range 2 {
		checkBody(t, h.Store, 1, "one", nil)
		checkBody(t, h.Store, 2, "", nil)
		checkBody(t, h.Store, 3, "", journal.ErrNotFound)
		checkBody(t, h.Store, 4, "four", nil)
		checkResult(t, h.Store, 1, "result", nil)
		if a, b := get(t, h.Store, 1), get(t, h.Store, 3); !a.Task.BodyKept || b.Task.BodyKept {
			t.Errorf("bodies of tasks 1 and 3 are kept: %v, %v", a.Task.BodyKept, b.Task.BodyKept)
		}
		h.reopen()
	}
	if n := pruneAll(t, h.Store, endOf(2), keepAll, 10); n != 1 {
		t.Errorf("pruned %d tasks, want 1", n)
	}
	checkBody(t, h.Store, 1, "", journal.ErrNotFound)
	checkBody(t, h.Store, 2, "", nil)
	if n := pruneAll(t, h.Store, endOf(5), keepAll, 10); n != 3 {
		t.Errorf("pruned %d tasks, want 3", n)
	}
	checkBody(t, h.Store, 4, "", journal.ErrNotFound)
}
