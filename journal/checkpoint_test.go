package journal

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

func saveOf(attempt, seq uint32, state string) Record {
	return Record{Task: testID, Kind: KindCheckpoint, Attempt: attempt, Seq: seq, Time: 20, Worker: "w", Payload: []byte(state)}
}

// TestApplyCheckpoint says which checkpoints a task takes: later ones of attempts
// that it has had.
func TestApplyCheckpoint(t *testing.T) {
	for _, state := range []State{Dispatched, Running, Canceling} {
		task := taskIn(t, state)
		for _, c := range []struct {
			attempt, seq uint32
			fits         bool
		}{
			{0, 1, false}, {2, 1, false}, {1, 2, true}, {1, 2, false}, {1, 1, false}, {1, 7, true},
		} {
			r := saveOf(c.attempt, c.seq, "state")
			before := task
			err := task.Apply(&r)
			if (err == nil) != c.fits || !c.fits && (!errors.Is(err, ErrRecord) || !reflect.DeepEqual(task, before)) {
				t.Errorf("%s: checkpoint %d of attempt %d: %v", state, c.seq, c.attempt, err)
			}
		}
		if want := (Checkpoint{Attempt: 1, Seq: 7, SavedMS: 20, Size: 5}); task.State != state || *task.Checkpoint != want {
			t.Errorf("%s: %+v", task.State, *task.Checkpoint)
		}
	}
	for _, state := range []State{0, Pending, Done} {
		task, r := taskIn(t, state), saveOf(1, 1, "state")
		checkApply(t, task, &r, 0)
	}
}

// A checkpoint outlives its attempt, in the running broker and at replay, where
// its record comes last; nothing is left of it after the end.
func TestCheckpointOutlivesAttempt(t *testing.T) {
	life := []Record{recordOf(KindSubmit, 0), recordOf(KindDispatch, 0), saveOf(1, 3, "state"), recordOf(KindRequeue, 1), recordOf(KindDispatch, 1)}
	running, err := Fold(life)
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := Fold(append(append(append([]Record{}, life[:2]...), life[3:]...), life[2]))
	if err != nil || !reflect.DeepEqual(running, replayed) || running.Checkpoint == nil || running.Checkpoint.Attempt != 1 {
		t.Errorf("running: %+v\nreplayed: %+v, %v", running.Checkpoint, replayed.Checkpoint, err)
	}
	old, second := saveOf(1, 4, "late"), saveOf(2, 1, "")
	if err := running.Apply(&second); err != nil || running.Checkpoint.Size != 0 {
		t.Errorf("taken away by the second attempt: %+v, %v", running.Checkpoint, err)
	}
	checkApply(t, running, &old, 0)
	end := recordOf(KindEnd, 2)
	if err := running.Apply(&end); err != nil || running.Checkpoint != nil {
		t.Errorf("after the end: %+v, %v", running.Checkpoint, err)
	}
}

// What an engine keeps gives back the record and the state.
func TestCheckpointRoundTrip(t *testing.T) {
	for _, state := range [][]byte{nil, []byte("state"), bytes.Repeat([]byte{1}, MaxCheckpoint)} {
		r := saveOf(1, 3, string(state))
		kept := AppendCheckpoint([]byte("before"), &r)[len("before"):]
		e := Entry{Task: taskIn(t, Running)}
		if err := e.AddCheckpoint(kept); err != nil {
			t.Fatal(err)
		}
		if got, err := OpenCheckpoint(testID, kept); err != nil || !bytes.Equal(got, state) {
			t.Errorf("%d bytes, %v; want %d", len(got), err, len(state))
		}
		if want := asRead(r); !reflect.DeepEqual(*e.Checkpoint, want) || e.Task.Checkpoint.Size != len(state) {
			t.Errorf("record %+v\nwant   %+v", *e.Checkpoint, want)
		}
	}
	// It has to be one that the task can have.
	r := saveOf(2, 1, "state")
	e := Entry{Task: taskIn(t, Running)}
	if err := e.AddCheckpoint(AppendCheckpoint(nil, &r)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("of an attempt that there was not: %v", err)
	}
}

// openCheckpoint reads all that there is of a checkpoint.
func openCheckpoint(id ID, kept []byte) error {
	e := Entry{Task: Task{ID: id, State: Running, Attempt: 1}}
	_, err := OpenCheckpoint(id, kept)
	return errors.Join(err, e.AddCheckpoint(kept))
}

// The checkpoints of a task are apart from what goes into its row, and the last
// one counts.
func TestBatchCheckpoints(t *testing.T) {
	records := []Record{saveOf(1, 1, "a"), {Task: otherID, Kind: KindStart}, {Task: testID, Kind: KindStart}, saveOf(1, 2, "b"), {Task: testID, Kind: KindEnd}}
	changes := new(Batch).Changes(records)
	if len(changes) != 2 || changes[1].Checkpoint != nil {
		t.Fatalf("changes: %+v", changes)
	}
	c := changes[0]
	if c.Checkpoint != &records[3] || c.End() != &records[4] || c.Submit() != nil || len(c.Records) != 2 || c.Records[0] != &records[2] {
		t.Errorf("change: %+v", c)
	}
	c = new(Batch).Changes(records[:1])[0]
	if c.Checkpoint != &records[0] || c.End() != nil || c.Submit() != nil || len(c.Records) != 0 || !errors.Is(c.Unknown(), ErrNotFound) {
		t.Errorf("change of a checkpoint alone: %+v", c)
	}
}
