package client_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal"
	"bcp/journal/filter"
	"bcp/worker"
)

// submitMany submits tasks that nobody does, with a label.
func submitMany(t *testing.T, c *client.Client, n int) (ids []journal.ID) {
	t.Helper()
	tasks := make([]client.Task, n)
	for i := range tasks {
		tasks[i] = client.Task{Service: "nobody", Labels: map[string]string{"run": "7"}}
	}
	handles, err := c.SubmitBatch(within(t), tasks)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range handles {
		ids = append(ids, h.ID())
	}
	return ids
}

// Each change counts first, tells what would be, does it, and finds nothing more to do.
func TestWhereChanges(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b, client.As("anna"))
	ctx := within(t)
	const many = 250 // more than two pages
	ids := submitMany(t, c, many)
	run7 := c.Where("label.run=7")
	edit := client.Edit{Set: client.Task{Priority: 5}, Reason: "urgent"}
	for _, change := range []struct {
		name string
		do   func(client.Where) (client.Summary, error)
		left int // that it can be done with again
		is   func(*journal.Task) bool
	}{
		{"hold", func(w client.Where) (client.Summary, error) { return w.Hold(ctx, "not yet") }, 0, func(t *journal.Task) bool { return t.Held }},
		{"release", func(w client.Where) (client.Summary, error) { return w.Release(ctx, "now") }, 0, func(t *journal.Task) bool { return !t.Held }},
		{"edit", func(w client.Where) (client.Summary, error) { return w.Edit(ctx, edit) }, many, func(t *journal.Task) bool { return t.Spec.Priority == 5 }},
		{"move", func(w client.Where) (client.Summary, error) {
			return w.Move(ctx, journal.Target{Kind: journal.ToWorker, Name: "w9"}, "nobody is broken")
		}, many, func(t *journal.Task) bool { return t.Spec.Target.Name == "w9" }},
		{"drop", func(w client.Where) (client.Summary, error) { return w.Drop(ctx, "enough") }, 0, func(t *journal.Task) bool { return t.Reason == journal.ReasonDropped }},
		{"retry", func(w client.Where) (client.Summary, error) { return w.Keys("again").Retry(ctx, "once more") }, 0, func(t *journal.Task) bool { return t.State.Ended() }},
	} {
		w := run7
		if change.name == "retry" {
			w = c.Where("label.run=7 state=canceled")
		}
		counted, err := change.do(w.DryRun())
		if err != nil || counted.Tasks != many || len(counted.States) != 1 {
			t.Fatalf("%s: counted %+v, %v", change.name, counted, err)
		}
		var told []journal.ID
		note := func(row client.Changed) {
			if told = append(told, row.Task); row.Err != nil {
				t.Errorf("%s: %+v", change.name, row)
			}
		}
		if planned, err := change.do(w.DryRun().Each(note)); err != nil || planned.Tasks != many || !slices.Equal(told, ids) {
			t.Fatalf("%s: planned %+v for %d tasks, %v", change.name, planned, len(told), err)
		}
		told = nil
		done, err := change.do(w.Each(note))
		if err != nil || done.Tasks != many || done.Refused != 0 || !slices.Equal(told, ids) {
			t.Fatalf("%s: done %+v with %d tasks, %v", change.name, done, len(told), err)
		}
		for task, err := range c.Find(ctx, "label.run=7 state=any retry-of!=*") {
			if err != nil || !change.is(&task) {
				t.Fatalf("%s: %+v, %v", change.name, task, err)
			}
		}
		if change.name == "retry" {
			break
		}
		if again, err := change.do(run7.DryRun()); err != nil || again.Tasks != change.left {
			t.Errorf("%s again: %+v, %v", change.name, again, err)
		}
	}
	history, err := c.History(ctx, ids[many-1])
	if err != nil {
		t.Fatal(err)
	}
	steps := ""
	for _, step := range history {
		steps += step.Kind + " " + step.Text + ";"
		if step.Kind != "submit" && !strings.HasPrefix(step.By, "anna") {
			t.Errorf("%+v: by whom?", step)
		}
	}
	if want := "submit ;hold not yet;release now;edit urgent;edit nobody is broken;end enough;"; steps != want {
		t.Errorf("history %s, want %s", steps, want)
	}
}

// A retry under keys of one's own makes no second tasks, also after a restart.
func TestWhereRetryTwice(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	ctx := within(t)
	submitMany(t, c, 120)
	if _, err := c.Where("label.run=7").Cancel(ctx, "a mistake"); err != nil {
		t.Fatal(err)
	}
	made := map[journal.ID]bool{}
	for range 2 {
		_, err := c.Where("label.run=7 state=canceled").Keys("again").Each(func(row client.Changed) { made[row.RetriedAs] = true }).Retry(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		b.restart()
	}
	if n, err := c.Count(ctx, "label.run=7"); err != nil || n != 120 || len(made) != 120 {
		t.Errorf("%d tasks are there, %d were told, %v", n, len(made), err)
	}
}

// What cannot be done is told of each task, or of the whole, with what is accepted.
func TestWhereRefused(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	ctx := within(t)
	_, state := c.Where("state=dispatched").Hold(ctx, "")
	_, term := c.Where("stat=any").Cancel(ctx, "")
	_, nobody := c.All().Move(ctx, journal.Target{}, "")
	_, nothing := c.All().Edit(ctx, client.Edit{})
	_, keys := c.All().Keys("k").DryRun().Cancel(ctx, "")
	_, every := c.Where(" ").Cancel(ctx, "")
	_, long := c.Where("state=failed").Keys(strings.Repeat("k", wire.MaxNewKeys+1)).DryRun().Retry(ctx, "")
	for says, err := range map[string]error{
		`hold: bad-option: state "dispatched": there is nothing to hold then; pending, running is accepted`: state,
		`cancel: bad-option: filter term stat=any`:                                                          term,
		`move: nothing to change is named: a worker or a service to move to is accepted`:                    nobody,
		`edit: nothing to change is named: options in Set`:                                                  nothing,
		`cancel: bad-option: CHANGE: cancel: no new-keys are accepted with it`:                              keys,
		`cancel: bad-option: CHANGE: cancel: either a filter or all is accepted`:                            every,
		`retry: too-large: CHANGE: 486 bytes in new-keys: at most 485 are accepted`:                         long,
	} {
		if err == nil || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%v: should say %s", err, says)
		}
	}
	begun := make(chan struct{}, 1)
	serveSlots(t, b, "w1", 1, func(ctx context.Context, task *worker.Task) ([]byte, error) {
		begun <- struct{}{}
		return echoes(ctx, task)
	})
	submit(t, c, client.Task{Service: "echo", Body: []byte("hold")})
	<-begun
	var rows []client.Changed
	s, err := c.Where("service=echo").Each(func(row client.Changed) { rows = append(rows, row) }).Edit(ctx, client.Edit{Set: client.Task{Where: "gpu"}})
	var no *wire.Error
	if err != nil || s.Tasks != 0 || s.Refused != 1 || !errors.As(rows[0].Err, &no) || no.Code != wire.CodeNotAllowed || !strings.HasPrefix(no.Text, "where: ") {
		t.Errorf("%+v, %+v, %v", s, rows, err)
	}
	if fmt.Sprint(rows[0].Before) == "" || rows[0].Before != rows[0].After {
		t.Errorf("%+v", rows)
	}
}

// A filter that is too long is refused, for what would be left of it means other tasks.
func TestLongFilterIsNotCut(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	submitMany(t, c, 1)
	spared := "state=pending" + strings.Repeat(" ", filter.BytesMax) + "label.run!=7"
	_, count := c.Count(within(t), spared)
	_, change := c.Where(spared).Cancel(within(t), "")
	for what, err := range map[string]error{"count": count, "cancel": change} {
		if !isCode(err, wire.CodeTooLarge) || !strings.Contains(err.Error(), "at most 8192 are accepted") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if left, err := c.Count(within(t), ""); err != nil || left != 1 {
		t.Errorf("%d tasks are left, %v", left, err)
	}
}
