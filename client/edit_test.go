package client_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal"
)

// TestEdit gives a task another priority, so that it goes before one that was
// submitted earlier; and the edit survives a restart.
func TestEdit(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	for _, key := range []string{"first", "second"} {
		submit(t, c, client.Task{Service: "echo", Key: key, Labels: map[string]string{"old": "1"}})
	}
	task, err := c.EditKey(within(t), "second", client.Edit{
		Set:   client.Task{Priority: 100, Tries: 3, Labels: map[string]string{"run": "7"}},
		Clear: []string{"run-timeout"}, Reason: "urgent",
	})
	if err != nil || task.State != journal.Pending {
		t.Fatalf("%+v, %v", task, err)
	}
	b.restart()
	found := find(t, c, "label.run=7 priority=100")
	if len(found) != 1 || found[0].Spec.Key != "second" || found[0].Spec.Tries != 3 || found[0].Spec.Client != c.Session() {
		t.Fatalf("found %+v", found)
	}
	startWorker(t, b, "w1")
	second, err := c.Wait(within(t), found[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	first, err := c.QueryKey(within(t), "first")
	if err != nil {
		t.Fatal(err)
	}
	if ended, err := c.Query(within(t), second.Task); err != nil || first.DispatchedMS != 0 && first.DispatchedMS < ended.DispatchedMS {
		t.Errorf("the first was dispatched at %d, the second, with its priority, at %d (%v)", first.DispatchedMS, ended.DispatchedMS, err)
	}
}

// TestEditOfRunning shortens the time of a task that runs: it is stopped.
func TestEditOfRunning(t *testing.T) {
	b := startBroker(t)
	startWorker(t, b, "w1")
	c := dial(t, b)
	started := make(chan client.Start, 1)
	h := submit(t, c, client.Task{Service: "echo", Body: []byte("hold"), OnStart: func(s client.Start) { started <- s }})
	<-started
	if _, err := c.Edit(within(t), h.ID(), client.Edit{Set: client.Task{RunTimeout: time.Millisecond}}); err != nil {
		t.Fatal(err)
	}
	_, err := h.Wait(within(t))
	var ended *client.TaskError
	if !errors.As(err, &ended) || ended.Reason != journal.ReasonRunTimeout {
		t.Errorf("end: %v, want %s", err, journal.ReasonRunTimeout)
	}
}

// TestMove gives a task of a service that nobody serves to a worker.
func TestMove(t *testing.T) {
	b := startBroker(t)
	startWorker(t, b, "w1")
	c := dial(t, b)
	h := submit(t, c, client.Task{Service: "nowhere", Body: []byte("x")})
	if _, err := c.Move(within(t), h.ID(), journal.Target{Kind: journal.ToWorker, Name: "w1"}, "nobody serves it"); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Wait(within(t)); err != nil || got.Worker != "w1" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEditRefusals(t *testing.T) {
	c := dial(t, startBroker(t))
	h := submit(t, c, client.Task{Service: "nowhere", Key: "k"})
	for says, e := range map[string]client.Edit{
		"priority 101":           {Set: client.Task{Priority: 101}},
		"tries -1":               {Set: client.Task{Tries: -1}},
		"clear \"speed\"":        {Clear: []string{"speed"}},
		"clear \"priority\"":     {Set: client.Task{Priority: 1}, Clear: []string{"priority"}},
		"target \"a b\"":         {Set: client.Task{Service: "a b"}},
		"can't be changed after": {Set: client.Task{After: []journal.Dependency{{Task: h.ID(), Wants: journal.WantsEnd}}}},
		client.ErrTarget.Error(): {Set: client.Task{Service: "a", Worker: "b"}},
	} {
		if _, err := c.EditKey(within(t), "k", e); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %q", e, err, says)
		}
	}
	if task := find(t, c, "key=k")[0]; task.Spec.Priority != 0 || task.Spec.Target.Name != "nowhere" {
		t.Errorf("a refused edit has changed %+v", task)
	}
	if _, err := c.Cancel(within(t), h.ID(), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Edit(within(t), h.ID(), client.Edit{Set: client.Task{Priority: 1}}); !isCode(err, wire.CodeNotAllowed) {
		t.Errorf("edit of a task that has ended: %v", err)
	}
}

// find returns all tasks that a filter means.
func find(t *testing.T, c *client.Client, filter string) (tasks []journal.Task) {
	t.Helper()
	for task, err := range c.Find(within(t), filter) {
		if err != nil {
			t.Fatal(err)
		}
		tasks = append(tasks, task)
	}
	return tasks
}

// TestFind finds more tasks than one answer has room for, in the order of their submits.
func TestFind(t *testing.T) {
	const many = 450
	c := dial(t, startBroker(t))
	var handles []*client.Handle
	for i := range many {
		h, err := c.SubmitAsync(within(t), client.Task{Service: "nowhere", Key: fmt.Sprint("job-", i), Priority: i % 2})
		if err != nil {
			t.Fatal(err)
		}
		handles = append(handles, h)
	}
	for _, h := range handles {
		if err := h.Accepted(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Cancel(within(t), handles[0].ID(), ""); err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[string]int{
		"": many - 1, "state=any": many, "key=job-* priority=1": many / 2, "state=ended": 1, "key=none": 0, "client=" + c.Session(): many - 1,
	} {
		tasks := find(t, c, filter)
		if n, err := c.Count(within(t), filter); err != nil || n != want || len(tasks) != want {
			t.Errorf("%q: %d found, %d counted, want %d (%v)", filter, len(tasks), n, want, err)
		}
		if !slices.IsSortedFunc(tasks, func(a, b journal.Task) int { return a.ID.Compare(b.ID) }) {
			t.Errorf("%q: not in the order of the submits", filter)
		}
	}
	for task, err := range c.Find(within(t), "") {
		if err != nil || task.ID != handles[1].ID() {
			t.Errorf("the first: %v, %v", task.ID, err)
		}
		break // one is enough
	}
}

func TestFindRefused(t *testing.T) {
	c := dial(t, startBroker(t))
	refused := false
	for _, err := range c.Find(within(t), "stat=any") {
		if refused = isCode(err, wire.CodeBadOption); !refused || !strings.Contains(err.Error(), "term stat=any") {
			t.Errorf("error %v", err)
		}
	}
	if !refused {
		t.Error("a bad filter is not refused")
	}
	ctx, cancel := context.WithCancel(within(t))
	cancel()
	if _, err := c.Count(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("a count that is given up: %v", err)
	}
}

// TestSmallest asks for the least that can be asked for, which is not nothing.
func TestSmallest(t *testing.T) {
	c := dial(t, startBroker(t))
	submit(t, c, client.Task{Service: "echo", Key: "least", LossMax: client.NoLoss, RunTimeout: time.Microsecond, QueueTimeout: time.Hour + 1})
	submit(t, c, client.Task{Service: "echo", Key: "edited"})
	if _, err := c.EditKey(within(t), "edited", client.Edit{Set: client.Task{LossMax: client.NoLoss}}); err != nil {
		t.Fatal(err)
	}
	for _, f := range find(t, c, "state=any") {
		if f.Spec.LossMax != journal.NoLoss {
			t.Errorf("%s: %d workers may be lost", f.Spec.Key, f.Spec.LossMax)
		}
		if f.Spec.Key == "least" && (f.Spec.RunTimeoutMS != 1 || f.Spec.QueueTimeoutMS != time.Hour.Milliseconds()+1) {
			t.Errorf("%+v", f.Spec)
		}
	}
	task, err := c.EditKey(within(t), "edited", client.Edit{Clear: []string{"loss-max"}})
	if err != nil {
		t.Fatal(err)
	}
	if found := find(t, c, "key=edited state=any"); len(found) != 1 || found[0].Spec.LossMax != 3 {
		t.Errorf("%s: %+v", task.ID, found)
	}
}

// TestEditOfNothing names nothing to change, which is a mistake.
func TestEditOfNothing(t *testing.T) {
	c := dial(t, startBroker(t))
	h := submit(t, c, client.Task{Service: "echo"})
	if _, err := c.Edit(within(t), h.ID(), client.Edit{Reason: "none"}); !errors.Is(err, client.ErrNoChange) {
		t.Error(err)
	}
	if _, err := c.Move(within(t), h.ID(), journal.Target{}, "none"); !errors.Is(err, client.ErrNoChange) || strings.Contains(err.Error(), "Set") {
		t.Error(err) // a move takes no options
	}
}

// TestEditOfBadLabel gives a label whose name would be spelled as another label.
func TestEditOfBadLabel(t *testing.T) {
	c := dial(t, startBroker(t))
	h := submit(t, c, client.Task{Service: "echo"})
	_, err := c.Edit(within(t), h.ID(), client.Edit{Set: client.Task{Labels: map[string]string{"a=b": "c"}}})
	if err == nil || !strings.Contains(err.Error(), `label "a=b"`) {
		t.Error(err)
	}
}
