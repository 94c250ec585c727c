package api

import (
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// What a verb takes and what becomes of it, for every state.
func TestVerbs(t *testing.T) {
	held := func(s journal.State) *journal.Task { return &journal.Task{State: s, Held: true} }
	waiting, delayed := tried(t, time.Hour), tried(t, 0)
	delayed.NotBeforeMS = waiting.NotBeforeMS
	plain := func(s journal.State) *journal.Task { return &journal.Task{State: s} }
	for _, c := range []struct {
		verb  Verb
		task  *journal.Task
		takes bool
		after string
		held  bool
		code  string
	}{
		{VerbCancel, plain(journal.Pending), true, "canceled", false, ""},
		{VerbCancel, held(journal.Pending), true, "canceled", false, ""},
		{VerbCancel, plain(journal.Dispatched), true, "canceling", false, ""},
		{VerbCancel, plain(journal.Running), true, "canceling", false, ""},
		{VerbCancel, plain(journal.Canceling), true, "canceling", false, ""},
		{VerbCancel, plain(journal.Done), false, "done", false, ""},
		{VerbHold, plain(journal.Pending), true, "pending", true, ""},
		{VerbHold, held(journal.Pending), false, "pending", true, ""},
		{VerbHold, plain(journal.Running), false, "running", false, CodeNotAllowed},
		{VerbHold, plain(journal.Failed), false, "failed", false, CodeNotAllowed},
		{VerbRelease, plain(journal.Pending), false, "pending", false, ""},
		{VerbRelease, held(journal.Pending), true, "pending", false, ""},
		{VerbRelease, plain(journal.Running), false, "running", false, ""},
		{VerbRelease, plain(journal.Canceled), false, "canceled", false, ""},
		{VerbRetry, waiting, true, "pending", false, ""},
		{VerbRetry, delayed, false, "pending", false, CodeNotAllowed},
		{VerbRetry, plain(journal.Pending), false, "pending", false, CodeNotAllowed},
		{VerbRetry, plain(journal.Failed), true, "pending", false, ""},
	} {
		if takes := c.verb.Takes(c.task); takes != c.takes {
			t.Errorf("%s of a task that is %s (held %v) takes it: %v", c.verb, c.task.State, c.task.Held, takes)
		}
		row := plan(c.verb, c.task, nil)
		code := ""
		if row.Error != nil {
			code = row.Error.Code
		}
		if row.Before != c.task.State.String() || row.WasHeld != c.task.Held || row.After != c.after || row.Held != c.held || code != c.code {
			t.Errorf("%s of a task that is %s (held %v): %+v", c.verb, c.task.State, c.task.Held, row)
		}
	}
}

// tried returns a task that waits for so long until its next try.
func tried(t *testing.T, wait time.Duration) *journal.Task {
	t.Helper()
	task := &journal.Task{}
	for _, r := range []journal.Record{
		{Kind: journal.KindSubmit, Spec: &journal.Spec{}},
		{Kind: journal.KindDispatch, Attempt: 1, Worker: "w"},
		{Kind: journal.KindRequeue, Attempt: 1, Time: time.Now().UnixMilli(), Reason: journal.ReasonError, DelayMS: wait.Milliseconds()},
	} {
		if err := task.Apply(&r); err != nil {
			t.Fatal(err)
		}
	}
	return task
}

// plan tells what a verb would do with a task.
func plan(v Verb, t *journal.Task, e *wire.Edit) ChangeRow {
	m := &wire.Change{Do: dos[v]}
	if e != nil {
		m.Target, m.Options, m.Spec = e.Target, e.Options, e.Spec
	}
	row := broker.PlanChange(m, t, time.Now().UnixMilli())
	return NewChangeRow(&row)
}
