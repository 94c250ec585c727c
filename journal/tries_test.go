package journal

import (
	"fmt"
	"slices"
	"testing"
)

// attempt applies an attempt at a worker that is over as the record says.
func attempt(t *testing.T, task *Task, over Record) {
	t.Helper()
	n := task.Attempt + 1
	over.Task, over.Attempt, over.Worker = testID, n, "w"
	for _, r := range []Record{{Task: testID, Kind: KindDispatch, Attempt: n, Worker: "w"}, over} {
		if err := task.Apply(&r); err != nil {
			t.Fatal(err)
		}
	}
}

func submitted(t *testing.T, spec Spec) *Task {
	t.Helper()
	task := new(Task)
	if err := task.Apply(&Record{Task: testID, Kind: KindSubmit, Spec: &spec}); err != nil {
		t.Fatal(err)
	}
	return task
}

// What uses up a try is what the task says; failures and losses are counted anyway.
func TestTriesCount(t *testing.T) {
	reasons := []Reason{
		ReasonError, ReasonRefused, ReasonStartTimeout, ReasonRunTimeout, ReasonSilence, ReasonLost, ReasonMissing,
		ReasonReturned, ReasonUndelivered, ReasonElsewhere,
	}
	for counts, want := range map[Counts]uint32{
		0: 5, CountError: 2, CountTimeout: 3, CountLost: 2, CountError | CountLost: 4, CountError | CountTimeout | CountLost: 7,
	} {
		task := submitted(t, Spec{Tries: 100, TriesCount: counts})
		for _, why := range reasons {
			attempt(t, task, Record{Kind: KindRequeue, Reason: why})
		}
		if task.Tries != want || task.Failures != 5 || task.Losses != 2 {
			t.Errorf("counts %d: %d tries, %d failures, %d losses, want %d tries", counts, task.Tries, task.Failures, task.Losses, want)
		}
	}
}

// A task whose tries are used up is held, and released it has all of them again.
// Putting aside what has tries left is another thing.
func TestExhausted(t *testing.T) {
	task := submitted(t, Spec{Tries: 1})
	attempt(t, task, Record{Kind: KindExhausted, Reason: ReasonError, Text: "broken", Class: "oom"})
	if task.State != Pending || !task.Held || !task.Exhausted || task.Tries != 1 || task.Text != "broken" || task.Class != "oom" {
		t.Errorf("task %+v", task)
	}
	apply := func(kind Kind) {
		if err := task.Apply(&Record{Task: testID, Kind: kind, Attempt: task.Attempt}); err != nil {
			t.Fatal(err)
		}
	}
	apply(KindRelease)
	if task.Held || task.Exhausted || task.Tries != 0 || task.Failures != 0 {
		t.Errorf("released: %+v", task)
	}
	attempt(t, task, Record{Kind: KindRequeue, Reason: ReasonError})
	apply(KindHold)
	apply(KindRelease)
	if task.Exhausted || task.Tries != 1 || task.Failures != 1 {
		t.Errorf("held by somebody, and released: %+v", task)
	}
}

// An end without an attempt is no failure of one.
func TestEndOfWhatWaits(t *testing.T) {
	task := submitted(t, Spec{Tries: 1})
	if err := task.Apply(&Record{Task: testID, Kind: KindEnd, State: Failed, Reason: ReasonLifeTimeout}); err != nil {
		t.Fatal(err)
	}
	if task.Failures != 0 || task.Tries != 0 {
		t.Errorf("%d failures, %d tries without an attempt", task.Failures, task.Tries)
	}
}

// Who has declined a task is remembered, as this process, until somebody has it
// released. A task never changes the list of an earlier copy of itself.
func TestDeclined(t *testing.T) {
	task := submitted(t, Spec{Tries: 1})
	decline := func(worker string, instance byte) {
		before := slices.Clone(task.Declined)
		kept := task.Declined
		task.decline(Decline{worker, [16]byte{instance}})
		if !slices.Equal(before, kept) {
			t.Fatal("an earlier list has changed")
		}
	}
	decline("a", 1)
	decline("b", 1)
	decline("a", 2)
	if task.DeclinedBy("a", [16]byte{1}) || !task.DeclinedBy("a", [16]byte{2}) || !task.DeclinedBy("b", [16]byte{1}) {
		t.Errorf("declined by %v", task.Declined)
	}
	for i := range MaxDeclined {
		decline(fmt.Sprint("w", i), 1)
	}
	if len(task.Declined) != MaxDeclined || task.DeclinedBy("b", [16]byte{1}) || !task.DeclinedBy("w0", [16]byte{1}) {
		t.Errorf("%d workers are remembered", len(task.Declined))
	}
}

func TestFatalClass(t *testing.T) {
	s := Spec{FatalClasses: []string{"oom"}}
	if !s.IsFatal("oom") || s.IsFatal("disk") || s.IsFatal("") || new(Spec).IsFatal("") {
		t.Error("the wrong classes are fatal")
	}
}
