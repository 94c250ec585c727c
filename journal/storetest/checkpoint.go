package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"bcp/journal"
)

// save is the record of a checkpoint.
func save(n int, attempt, seq uint32, state string) journal.Record {
	return journal.Record{
		Task: idOf(n), Kind: journal.KindCheckpoint, Attempt: attempt, Seq: seq, Time: atMS(n, 3), Worker: "w1",
		Payload: []byte(state),
	}
}

// testCheckpoints: the last state that was saved is there until the task ends,
// whatever else happens to it; the row doesn't grow with them.
func testCheckpoints(t *testing.T, h *Harness) {
	large := strings.Repeat("x", journal.MaxCheckpoint)
	life := []journal.Record{submit(1, "", "body"), dispatch(1, 1), start(1, 1)}
	commit(t, h.Store, append(life, submit(2, "", ""), dispatch(2, 1))...)
	checkSaved(t, h.Store, 1, nil)
	commit(t, h.Store, save(1, 1, 1, "one"), save(2, 1, 1, "other"), save(1, 1, 2, "two"))
	checkSaved(t, h.Store, 1, ptr(save(1, 1, 2, "two")))
	checkSaved(t, h.reopen(), 1, ptr(save(1, 1, 2, "two")))
	for seq := range uint32(20) {
		commit(t, h.Store, save(1, 1, 3+seq, large))
	}
	checkSaved(t, h.Store, 1, ptr(save(1, 1, 22, large)))

	more := []journal.Record{requeue(1, 1, journal.ReasonLost), dispatch(1, 2)}
	commit(t, h.Store, more...)
	checkSaved(t, h.reopen(), 1, ptr(save(1, 1, 22, large)))
	checkRecords(t, get(t, h.Store, 1), append(life, more...))
	commit(t, h.Store, save(1, 2, 1, "three"))
	checkSaved(t, h.Store, 1, ptr(save(1, 2, 1, "three")))
	commit(t, h.Store, save(1, 2, 2, ""))
	checkSaved(t, h.reopen(), 1, ptr(save(1, 2, 2, "")))

	commit(t, h.Store, save(1, 2, 3, "four"), end(1, 2, "result"))
	checkSaved(t, h.Store, 1, nil)
	checkSaved(t, h.reopen(), 2, ptr(save(2, 1, 1, "other")))
}

func ptr[T any](v T) *T { return &v }

// checkSaved compares a task's checkpoint with its record, wherever it can be read;
// nil for none.
func checkSaved(t *testing.T, s journal.Store, n int, want *journal.Record) {
	t.Helper()
	state, err := s.Checkpoint(idOf(n))
	e := get(t, s, n)
	if want == nil {
		if !errors.Is(err, journal.ErrNotFound) || e.Checkpoint != nil || e.Task.Checkpoint != nil {
			t.Errorf("checkpoint of task %d: %d bytes, %v, %+v; want none", n, len(state), err, e.Checkpoint)
		}
		return
	}
	if err != nil || string(state) != string(want.Payload) {
		t.Errorf("checkpoint of task %d: %.20q, %v; want %.20q", n, state, err, want.Payload)
	}
	record := *want
	record.Size, record.Payload = len(want.Payload), nil
	if !reflect.DeepEqual(e.Checkpoint, &record) {
		t.Errorf("its record: %+v\nwant %+v", e.Checkpoint, record)
	}
	told := &journal.Checkpoint{Attempt: want.Attempt, Seq: want.Seq, SavedMS: want.Time, Size: record.Size}
	for where, task := range map[string]journal.Task{"get": e.Task, "scan": scanned(t, s, n), "live": replayed(t, s, n)} {
		if !reflect.DeepEqual(task.Checkpoint, told) {
			t.Errorf("the task by %s has %+v, want %+v", where, task.Checkpoint, told)
		}
	}
}

// scanned is the task as a scan of those that have not ended gives it.
func scanned(t *testing.T, s journal.Store, n int) (task journal.Task) {
	t.Helper()
	_, err := s.Scan(journal.Range{Live: true, Ended: true, After: journal.Below(idOf(n)), Limit: 1}, func(e journal.Entry) error {
		task = e.Task
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// replayed is the task as the records for a replay add up to it.
func replayed(t *testing.T, s journal.Store, n int) (task journal.Task) {
	t.Helper()
	err := journal.EachLive(s, func(id journal.ID, records []journal.Record) (err error) {
		if id == idOf(n) {
			task, err = journal.Fold(records)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// checkRecords compares the row of a task with what was committed.
func checkRecords(t *testing.T, e journal.Entry, want []journal.Record) {
	t.Helper()
	e.Task.Checkpoint = nil
	checkHistory(t, e, want)
}

// saved is a task's state in a random life; some take the one before away.
func saved(n int, seq uint32) string {
	if seq%5 == 0 {
		return ""
	}
	return fmt.Sprint("state ", n, " ", seq)
}
