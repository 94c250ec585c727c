package client_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"bcp/broker/view"
	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

// What runs is explained by its worker, and by what it has said; what waits, by who is
// before it. Restarts change none of it.
func TestExplain(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	ctx := within(t)
	begun := make(chan struct{}, 2)
	serveSlots(t, b, "w1", 1, func(ctx context.Context, task *worker.Task) ([]byte, error) {
		begun <- struct{}{}
		return echoes(ctx, task)
	})
	runs := submit(t, c, client.Task{Service: "echo", Body: []byte("hold"), RunTimeout: patience})
	<-begun
	waits := submit(t, c, client.Task{Service: "echo", Key: "second"})
	e, err := c.ExplainKey(ctx, "second")
	if err != nil || e.Task.ID != waits.ID().String() || e.CandidateCount != 1 || e.Candidates[0].Why != "busy" || e.Reasons[0].Code != "worker" {
		t.Errorf("what waits: %+v, %v", e, err)
	}
	for e.Task.Progress == nil || e.Task.Progress.Text == "" { // what was set may come before it
		if e, err = c.Explain(ctx, runs.ID()); err != nil {
			t.Fatal(err)
		}
	}
	if e.Holder == nil || e.Holder.Name != "w1" || e.Next == nil || e.Next.Reason != "run-timeout" || e.Task.Progress.Text != "half" {
		t.Errorf("what runs: %+v", e)
	}
	b.restart()
	if e, err = c.Explain(ctx, waits.ID()); err != nil || e.Task.State != "pending" || e.Task.Key != "second" {
		t.Errorf("after a restart: %+v, %v", e, err)
	}
}

// A history is whole, however many pages it takes, and the same after the task's end.
func TestHistoryOfManyPages(t *testing.T) {
	c := dial(t, startBroker(t), client.As("anna"))
	ctx := within(t)
	h := submit(t, c, client.Task{Service: "later", Key: "long"})
	want := []string{"submit"}
	for i := range 150 { // two entries each: more than a page
		why := fmt.Sprint("because of ", i)
		if _, err := c.Hold(ctx, h.ID(), why); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Release(ctx, h.ID(), why); err != nil {
			t.Fatal(err)
		}
		want = append(want, "hold", "release")
	}
	if _, err := c.Cancel(ctx, h.ID(), "enough"); err != nil {
		t.Fatal(err)
	}
	want = append(want, "end")
	history, err := c.HistoryKey(ctx, "long")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, step := range history {
		kinds = append(kinds, step.Kind)
	}
	if !slices.Equal(kinds, want) || history[299].Text != "because of 149" || !strings.HasPrefix(history[299].By, "anna") {
		t.Errorf("%d steps, and there were %d: %q", len(kinds), len(want), kinds)
	}
}

// Each queue is told once, in order, though there are many pages of them.
func TestQueueStatsOfManyPages(t *testing.T) {
	c := dial(t, startBroker(t))
	var tasks []client.Task
	for i := range 450 {
		tasks = append(tasks, client.Task{Service: fmt.Sprintf("s%03d", i)})
	}
	if _, err := c.SubmitBatch(within(t), tasks); err != nil {
		t.Fatal(err)
	}
	stats := c.QueueStats(within(t))
	for range 2 { // it begins anew each time
		n := 0
		for q, err := range stats {
			if err != nil {
				t.Fatal(err)
			}
			if q.Name != fmt.Sprintf("s%03d", n) || q.Waiting != 1 || q.OldestAt.IsZero() {
				t.Fatalf("queue %d: %+v", n, q)
			}
			n++
		}
		if n != len(tasks) {
			t.Errorf("%d queues of %d are told", n, len(tasks))
		}
	}
}

// What there isn't is refused, by the same code as elsewhere.
func TestShowRefused(t *testing.T) {
	c := dial(t, startBroker(t))
	ctx := within(t)
	_, noTask := c.Explain(ctx, journal.ID{1})
	_, noKey := c.HistoryKey(ctx, "nobody's")
	_, nothing := c.Explain(ctx, journal.ID{})
	for says, err := range map[string]error{
		"explain: unknown-task: no task 01":                       noTask,
		"history: unknown-task: no task with key nobody's":        noKey,
		"explain: malformed: SHOW: neither a task nor a key is n": nothing,
	} {
		var no *wire.Error
		if !errors.As(err, &no) || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%v: should say %s", err, says)
		}
	}
}

// Workers are told with what they have.
func TestWorkers(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	run(t, worker.Config{
		Broker: b.address, Name: "w1", Services: []string{"echo"}, Slots: 2, Handler: echoes, DrainTimeout: -1,
		Labels: map[string]string{"zone": "a"}, Resources: map[string]string{"mem": "4Gi"},
	})
	if _, err := submit(t, c, client.Task{Service: "echo"}).Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	var all []view.Worker
	for w, err := range c.Workers(within(t)) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, w)
	}
	if len(all) != 1 || all[0].Name != "w1" || all[0].Slots != 2 || !slices.Equal(all[0].Labels, []string{"zone=a"}) ||
		len(all[0].Resources) != 1 || all[0].Resources[0].Total != "4Gi" {
		t.Errorf("%+v", all)
	}
}

// Each member of an array is told once, in its place, however many pages there are:
// also those that have not started, over a restart, and when it has ended; with what the one
// that runs said last.
func TestMembersOfManyPages(t *testing.T) {
	const count = 450
	b := startBroker(t)
	c := dial(t, b)
	begun := make(chan struct{})
	serveSlots(t, b, "w1", 1, func(ctx context.Context, task *worker.Task) ([]byte, error) {
		task.Progress(0.5, "half")
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	h := submit(t, c, client.Task{Service: "echo", Array: fmt.Sprint(count), ArrayRunning: 1, Key: "many"})
	<-begun
	check := func(states map[string]int) {
		t.Helper()
		at, got := uint32(0), map[string]int{}
		for m, err := range c.MembersKey(within(t), "many") {
			if err != nil {
				t.Fatal(err)
			}
			if m.Index == nil || *m.Index != at || m.Array != h.ID().String() || m.ID != h.Member(at).String() || m.Target.Name != "echo" {
				t.Fatalf("member %d: %+v", at, m)
			}
			if m.State == "dispatched" { // its start is on its way
				m.State = "running"
			}
			got[m.State]++
			at++
		}
		if !maps.Equal(got, states) {
			t.Errorf("%v, want %v", got, states)
		}
	}
	check(map[string]int{"running": 1, "pending": count - 1})
	for ctx, said := within(t), false; !said; { // what it said is on its way
		for m, err := range c.MembersKey(ctx, "many") {
			if err != nil {
				t.Fatal(err)
			}
			said = m.Progress != nil && m.Progress.Text == "half"
			break
		}
	}
	b.restart()
	check(map[string]int{"running": 1, "pending": count - 1})
	if _, err := c.Cancel(within(t), h.ID(), "enough"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Wait(within(t)); err == nil {
		t.Error("what was canceled has ended well")
	}
	check(map[string]int{"canceled": count})
}

// A broadcast's members are told with their workers; a task without members is refused.
func TestMembersOfBroadcast(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	for _, name := range []string{"w1", "w2"} {
		serveSlots(t, b, name, 1, echoes)
	}
	for known := 0; known < 2; { // they register
		known = 0
		for range c.Workers(within(t)) {
			known++
		}
	}
	h := submit(t, c, client.Task{Service: "echo", All: true})
	if _, err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	workers := map[string]string{}
	for m, err := range c.Members(within(t), h.ID()) {
		if err != nil {
			t.Fatal(err)
		}
		workers[m.Pinned] = m.State
	}
	if !maps.Equal(workers, map[string]string{"w1": "done", "w2": "done"}) {
		t.Errorf("%v", workers)
	}
	for _, err := range c.Members(within(t), submit(t, c, client.Task{Service: "later"}).ID()) {
		var no *wire.Error
		if !errors.As(err, &no) || no.Code != wire.CodeNotAllowed {
			t.Errorf("of a task without members: %v", err)
		}
	}
}
