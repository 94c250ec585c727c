package storetest

import (
	"encoding/binary"
	"testing"

	"bcp/journal"
)

// epochMS is when the tasks of the suite begin: 2025-01-01, Unix milliseconds.
const epochMS = 1735689600000

// idOf returns the ID of the n-th task. IDs rise with n.
func idOf(n int) (id journal.ID) {
	if err := id.SetTime(uint64(epochMS + n)); err != nil {
		panic(err)
	}
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

// atMS is a moment of the n-th task's life.
func atMS(n, step int) int64 { return int64(epochMS + n + step) }

func submit(n int, key, body string) journal.Record {
	return journal.Record{
		Task: idOf(n), Kind: journal.KindSubmit, Time: atMS(n, 0), Payload: []byte(body),
		Spec: &journal.Spec{
			Client: "client", Key: key, Tries: 2, LossMax: 3,
			Target: journal.Target{Kind: journal.ToService, Name: "sum"},
			Argv:   []string{"wc", "", "-l"}, Digest: [16]byte{15: 1}, RunTimeoutMS: 60_000,
		},
	}
}

func dispatch(n int, attempt uint32) journal.Record {
	return journal.Record{Task: idOf(n), Kind: journal.KindDispatch, Attempt: attempt, Time: atMS(n, 1), Worker: "w1"}
}

func start(n int, attempt uint32) journal.Record {
	return journal.Record{Task: idOf(n), Kind: journal.KindStart, Attempt: attempt, Time: atMS(n, 2), Worker: "w1"}
}

func requeue(n int, attempt uint32, why journal.Reason) journal.Record {
	return journal.Record{Task: idOf(n), Kind: journal.KindRequeue, Attempt: attempt, Time: atMS(n, 3), Reason: why, Text: "again"}
}

func end(n int, attempt uint32, result string) journal.Record {
	return journal.Record{
		Task: idOf(n), Kind: journal.KindEnd, Attempt: attempt, Time: atMS(n, 4),
		State: journal.Done, Reason: journal.ReasonFinished, Payload: []byte(result),
	}
}

// endAt is end at another moment.
func endAt(n int, timeMS int64) journal.Record {
	r := end(n, 0, "result")
	r.Time, r.State, r.Reason, r.By = timeMS, journal.Canceled, journal.ReasonCanceled, "someone"
	return r
}

func commit(t *testing.T, s journal.Store, records ...journal.Record) {
	t.Helper()
	if err := s.Commit(records); err != nil {
		t.Fatalf("commit: %v", err)
	}
}

func get(t *testing.T, s journal.Store, n int) journal.Entry {
	t.Helper()
	e, err := s.Get(idOf(n))
	if err != nil {
		t.Fatalf("get task %d: %v", n, err)
	}
	return e
}

// live returns the tasks that the store says are live, in its order.
func live(t *testing.T, s journal.Store) []journal.ID {
	t.Helper()
	ids := []journal.ID{}
	err := journal.EachLive(s, func(id journal.ID, records []journal.Record) error {
		if task, err := journal.Fold(records); err != nil || task.ID != id || task.State.Ended() {
			t.Errorf("live task %s folds to %+v, %v", id, task, err)
		}
		ids = append(ids, id)
		return nil
	})
	if err != nil {
		t.Fatalf("live: %v", err)
	}
	return ids
}

// scanAll pages through the range and returns the tasks in the store's order.
func scanAll(t *testing.T, s journal.Store, r journal.Range) []journal.ID {
	t.Helper()
	ids := []journal.ID{}
	for more := true; more; {
		before := len(ids)
		var err error
		more, err = s.Scan(r, func(e journal.Entry) error {
			ids = append(ids, e.Task.ID)
			r.After = e.Task.ID
			return nil
		})
		if err != nil {
			t.Fatalf("scan %+v: %v", r, err)
		}
		if got := len(ids) - before; r.Limit > 0 && got > r.Limit || more && got == 0 {
			t.Fatalf("scan %+v gave %d tasks, more %v", r, got, more)
		}
	}
	return ids
}

func ids(ns ...int) []journal.ID {
	all := []journal.ID{}
	for _, n := range ns {
		all = append(all, idOf(n))
	}
	return all
}
