package admin

import (
	"context"
	"testing"
	"time"

	"bcp/broker/admin/api"
	"bcp/journal"
	"bcp/worker"
)

// A task's explanation in each part of its life.
func TestExplain(t *testing.T) {
	r := newRig(t, emptyStore())
	first := r.submit(t, api.Submission{Service: "s1", Options: api.Options{Spec: journal.Spec{Hold: true}}})
	second := r.submit(t, api.Submission{Service: "s1", After: []string{first + ":any"}, Options: api.Options{Spec: journal.Spec{RunTimeoutMS: 3_600_000}}})
	third := r.submit(t, api.Submission{Service: "s1"})

	e := r.explain(t, second)
	if len(e.WaitsFor) != 1 || e.WaitsFor[0] != (api.Waiting{ID: first, Wants: "any", State: "pending", Held: true}) || e.Queue != nil || e.Next != nil {
		t.Errorf("one that waits for others: %+v", e)
	}
	if e = r.explain(t, third); e.Queue == nil || e.Queue.Length != 1 || e.Queue.Before != 0 || e.CandidateCount != 0 || e.Now.IsZero() {
		t.Errorf("one that waits for a worker: %+v", e)
	}

	started, goOn := make(chan struct{}, 3), make(chan struct{})
	r.work(t, "w1", func(context.Context, *worker.Task) ([]byte, error) {
		started <- struct{}{}
		<-goOn
		return nil, nil
	})
	<-started
	if e = r.explain(t, second); len(e.Candidates) != 1 || e.Candidates[0] != (api.Standing{Name: "w1", State: api.WorkerLive, Slots: 8, Busy: 1}) {
		t.Errorf("one that a worker could do: %+v", e)
	}
	r.cancel(t, api.Change{IDs: []string{first}, By: "ann"})
	<-started
	r.untilState(t, second, "running")
	e = r.explain(t, second)
	if e.Holder == nil || e.Holder.Name != "w1" || e.Next == nil || e.Next.Reason != "run-timeout" || e.Next.State != "failed" {
		t.Errorf("one that runs: %+v", e)
	}
	if ahead := e.Next.At.Time().Sub(e.Now.Time()); ahead <= 0 || ahead > time.Hour {
		t.Errorf("its time-out is in %v", ahead)
	}
	close(goOn)
	if _, err := r.client.Wait(t.Context(), second, 0); err != nil {
		t.Fatal(err)
	}
	if e = r.explain(t, second); e.Task.State != "done" || e.Holder != nil || e.Next != nil {
		t.Errorf("one that has ended: %+v", e)
	}
	_, err := r.client.Explain(t.Context(), "ZZZZ")
	checkCode(t, err, api.CodeUnknownTask)
}

func (r *rig) explain(t *testing.T, id string) api.Explanation {
	t.Helper()
	e, err := r.client.Explain(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if e.Task.ID != id {
		t.Errorf("%s is explained, and %s was asked for", e.Task.ID, id)
	}
	return e
}

// untilState asks until the task is in the state; its worker's word is on its way.
func (r *rig) untilState(t *testing.T, id, state string) {
	t.Helper()
	for t.Context().Err() == nil {
		task, err := r.client.Task(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if task.State == state {
			return
		}
	}
}
