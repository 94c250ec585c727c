package storetest

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"bcp/journal"
)

func testEmpty(t *testing.T, h *Harness) {
	meta := h.Store.Meta()
	if meta.Epoch == 0 || meta.Schema == 0 || meta.Ended != 0 || meta.Broker == [16]byte{} || meta.Last != (journal.ID{}) {
		t.Errorf("meta of a new journal: %+v", meta)
	}
	if got := live(t, h.Store); len(got) != 0 {
		t.Errorf("live tasks of a new journal: %v", got)
	}
	_, getErr := h.Store.Get(idOf(1))
	_, bodyErr := h.Store.Body(idOf(1))
	_, resultErr := h.Store.Result(idOf(1))
	for _, err := range []error{getErr, bodyErr, resultErr} {
		if !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("reading an unknown task: %v", err)
		}
	}
	for _, key := range []string{"", "k"} {
		if _, found, err := h.Store.ByKey(key); found || err != nil {
			t.Errorf("by unknown key %q: %v, %v", key, found, err)
		}
	}
}

// testLifecycle checks the task after every commit, and that the store gives
// back each record as it was.
func testLifecycle(t *testing.T, h *Harness) {
	steps := []journal.Record{
		submit(1, "k", "body"), dispatch(1, 1), start(1, 1),
		{Task: idOf(1), Kind: journal.KindStop, Attempt: 1, Time: atMS(1, 3), Reason: journal.ReasonRunTimeout},
		{Task: idOf(1), Kind: journal.KindCancel, Attempt: 1, Time: atMS(1, 3), By: "me", Text: "no need"},
		end(1, 1, "result"),
	}
	for i, r := range steps {
		commit(t, h.Store, r)
		checkHistory(t, get(t, h.Store, 1), steps[:i+1])
	}
	checkHistory(t, get(t, h.reopen(), 1), steps)
}

// checkHistory compares an entry with the records that were committed.
func checkHistory(t *testing.T, got journal.Entry, committed []journal.Record) {
	t.Helper()
	want := slices.Clone(committed)
	for i := range want {
		want[i].Size, want[i].Payload = len(want[i].Payload), nil
	}
	if !reflect.DeepEqual(got.Records, want) {
		t.Errorf("records read: %+v\ncommitted: %+v", got.Records, want)
	}
	if task, err := journal.Fold(want); err != nil || !reflect.DeepEqual(got.Task, task) {
		t.Errorf("task read: %+v\nwant %+v, %v", got.Task, task, err)
	}
}

func testRequeue(t *testing.T, h *Harness) {
	records := []journal.Record{
		submit(1, "", "body"), dispatch(1, 1), requeue(1, 1, journal.ReasonLost),
		dispatch(1, 2), start(1, 2), requeue(1, 2, journal.ReasonError), dispatch(1, 3), end(1, 3, "r"),
	}
	for first := 0; first < len(records); first += 2 {
		commit(t, h.Store, records[first:first+2]...)
	}
	e := get(t, h.Store, 1)
	checkHistory(t, e, records)
	if e.Task.Losses != 1 || e.Task.Failures != 1 || e.Task.Attempt != 3 {
		t.Errorf("task after two requeues: %+v", e.Task)
	}
}

// testOneBatch puts whole lives of several tasks, interleaved, into one batch.
func testOneBatch(t *testing.T, h *Harness) {
	commit(t, h.Store,
		submit(2, "", "b2"), submit(1, "k1", "b1"), submit(3, "", "b3"), dispatch(1, 1), dispatch(2, 1),
		start(1, 1), end(1, 1, "r1"))
	if got, want := live(t, h.Store), ids(2, 3); !slices.Equal(got, want) {
		t.Errorf("live: %v, want %v", got, want)
	}
	if e := get(t, h.Store, 1); e.Task.State != journal.Done || len(e.Records) != 4 {
		t.Errorf("task that ended in its first batch: %+v", e)
	}
	if result, err := h.Store.Result(idOf(1)); err != nil || string(result) != "r1" {
		t.Errorf("its result: %q, %v", result, err)
	}
	if meta := h.Store.Meta(); meta.Ended != 1 || meta.Last != idOf(3) {
		t.Errorf("meta: %+v", meta)
	}
}

func testEmptyBatch(t *testing.T, h *Harness) {
	commit(t, h.Store)
	commit(t, h.Store, submit(1, "", "b"))
	commit(t, h.Store)
	if got := live(t, h.Store); len(got) != 1 {
		t.Errorf("live: %v", got)
	}
}

// testLiveOrder has more live tasks than one page, some of them long.
func testLiveOrder(t *testing.T, h *Harness) {
	const tasks = journal.DefaultScanLimit*2 + 10
	var batch []journal.Record
	var want []journal.ID
	for n := tasks; n > 0; n-- { // falling: the order must come from the store
		batch = append(batch, submit(n, "", "b"))
	}
	for n := 1; n <= tasks; n++ {
		if n%7 == 0 {
			batch = append(batch, dispatch(n, 1), end(n, 1, "r"))
		} else {
			want = append(want, idOf(n))
		}
	}
	commit(t, h.Store, batch...)
	if got := live(t, h.Store); !slices.Equal(got, want) {
		t.Errorf("live gives %d tasks, or in another order; want %d", len(got), len(want))
	}
	if got := live(t, h.reopen()); !slices.Equal(got, want) {
		t.Errorf("live after reopening gives %d tasks, or in another order; want %d", len(got), len(want))
	}
}

func testLiveStops(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "", ""), submit(2, "", ""), submit(3, "", ""))
	stop, calls := errors.New("stop"), 0
	err := journal.EachLive(h.Store, func(journal.ID, []journal.Record) error {
		calls++
		if calls == 2 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || calls != 2 {
		t.Errorf("live returned %v after %d calls, want the function's own error after 2", err, calls)
	}
}

func testCommitWhileLive(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "", ""), submit(2, "", ""))
	err := journal.EachLive(h.Store, func(id journal.ID, records []journal.Record) error {
		return h.Store.Commit([]journal.Record{{Task: id, Kind: journal.KindDispatch, Attempt: 1, Time: epochMS, Worker: "w"}})
	})
	if err != nil {
		t.Fatalf("commit inside of live: %v", err)
	}
	if e := get(t, h.Store, 2); e.Task.State != journal.Dispatched {
		t.Errorf("task 2 is %s", e.Task.State)
	}
}
