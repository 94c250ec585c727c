package admin

import (
	"context"
	"errors"
	"slices"
	"testing"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/worker"
)

// A task says which others it waits for, and goes when they have ended.
func TestAfter(t *testing.T) {
	r := newRig(t, emptyStore())
	one, two := r.submit(t, api.Submission{Service: "s1"}), r.submit(t, api.Submission{Service: "s2"})
	last := r.submit(t, api.Submission{Service: "s1", After: []string{one, two + ":failed"}})
	task, err := r.client.Task(t.Context(), last)
	if want := []string{one + ":ok", two + ":failed"}; err != nil || !slices.Equal(task.WaitsFor, want) || task.OnUnmet != api.UnmetCancel {
		t.Errorf("%+v, %v: want it to wait for %q", task, err, want)
	}
	r.cancel(t, api.Change{IDs: []string{two}, By: "ann"})
	r.work(t, "w1", func(context.Context, *worker.Task) ([]byte, error) { return nil, nil })
	if task, err = r.client.Wait(t.Context(), last, 0); err != nil || task.State != "done" || len(task.WaitsFor) != 0 {
		t.Errorf("%+v, %v", task, err)
	}
	history, err := r.client.History(t.Context(), last)
	var met []string
	for _, e := range history {
		if e.Kind == "met" {
			met = append(met, e.Other)
		}
	}
	if want := []string{two, one}; err != nil || !slices.Equal(met, want) {
		t.Errorf("met %q, %v: want %q", met, err, want)
	}
}

// What ended the other way ends those that wait for it as they asked.
func TestUnmet(t *testing.T) {
	r := newRig(t, emptyStore())
	r.work(t, "w1", func(context.Context, *worker.Task) ([]byte, error) { return nil, errors.New("no") })
	bad := r.submit(t, api.Submission{Service: "s1"})
	for onUnmet, state := range map[string]string{"": "canceled", api.UnmetCancel: "canceled", api.UnmetFail: "failed"} {
		id := r.submit(t, api.Submission{Service: "s1", After: []string{bad}, OnUnmet: onUnmet})
		task, err := r.client.Wait(t.Context(), id, 0)
		if err != nil || task.State != state || task.Reason != "dependency" || task.Attempt != 0 {
			t.Errorf("on unmet %q: %+v, %v", onUnmet, task, err)
		}
	}
	_, err := r.client.Submit(t.Context(), api.Submission{Service: "s1", After: []string{"01KG9MA8G00000000000000001"}})
	checkCode(t, err, wire.CodeUnknownTask.String())
}

// Labels find tasks, in lists and in changes.
func TestLabels(t *testing.T) {
	r := newRig(t, emptyStore())
	var mine []string
	for _, user := range []string{"ann", "bob"} {
		for _, run := range []string{"7", "8"} {
			id := r.submit(t, api.Submission{Service: "s1", Labels: map[string]string{"user": user, "run": run}})
			if user == "ann" {
				mine = append(mine, id)
			}
		}
	}
	r.submit(t, api.Submission{Service: "s1"})
	task, err := r.client.Task(t.Context(), mine[0])
	if err != nil || len(task.Labels) != 2 || task.Labels["user"] != "ann" {
		t.Errorf("%+v, %v", task, err)
	}
	for labels, want := range map[string]int{"user": 4, "user=ann": 2, "none": 0} {
		if n := r.count(t, api.List{Filter: api.Filter{Labels: []string{labels}}}); n != want {
			t.Errorf("%d tasks have the label %s, want %d", n, labels, want)
		}
	}
	r.checkHeld(t, api.VerbHold, api.Change{Filter: &api.Filter{Labels: []string{"user=ann"}}, By: "ann"}, true, mine...)
	r.checkHeld(t, api.VerbRelease, api.Change{Filter: &api.Filter{Labels: []string{"run=8", "user=ann"}}, By: "ann"}, false, mine[1])
	rows := r.cancel(t, api.Change{Filter: &api.Filter{Labels: []string{"user=ann", "run"}}, By: "ann"})
	if len(rows) != 2 {
		t.Errorf("%+v were canceled", rows)
	}
}
