package client_test

import (
	"errors"
	"strings"
	"testing"

	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal"
)

// TestAfter submits a task that waits for two others, before any worker is there.
func TestAfter(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	one, two := submit(t, c, echo("1")), submit(t, c, echo("2"))
	last := submit(t, c, client.Task{
		Service: "echo", Body: []byte("last"), Labels: map[string]string{"run": "7"},
		After: []journal.Dependency{{Task: one.ID(), Wants: journal.WantsDone}, {Task: two.ID(), Wants: journal.WantsEnd}},
	})
	unmet := submit(t, c, client.Task{
		Service: "echo", After: []journal.Dependency{{Task: one.ID(), Wants: journal.WantsFailure}}, FailUnmet: true,
	})
	startWorker(t, b, "w1")
	if got, err := last.Wait(within(t)); err != nil || string(got.Body) != "last" {
		t.Fatalf("the last: %+v, %v", got, err)
	}
	for _, h := range []*client.Handle{one, two} {
		if task, err := c.Query(within(t), h.ID()); err != nil || task.State != journal.Done {
			t.Errorf("one that it waited for: %+v, %v", task, err)
		}
	}
	_, err := unmet.Wait(within(t))
	var ended *client.TaskError
	if !errors.As(err, &ended) || ended.State != journal.Failed || ended.Reason != journal.ReasonDependency {
		t.Errorf("one that waited for a failure: %v", err)
	}
}

// TestBadAfter waits for what there is not, and gives labels that are none.
func TestBadAfter(t *testing.T) {
	c := dial(t, startBroker(t))
	for want, task := range map[string]client.Task{
		"unknown-task": {Service: "echo", After: []journal.Dependency{{Task: journal.ID{1}, Wants: journal.WantsDone}}},
		"is accepted":  {Service: "echo", After: []journal.Dependency{{Task: journal.ID{1}}}},
		"label":        {Service: "echo", Labels: map[string]string{"a b": "c"}},
		`label "a=b"`:  {Service: "echo", Labels: map[string]string{"a=b": "c"}},
	} {
		_, err := c.Submit(within(t), task)
		var refused *wire.Error
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", task, err, want)
		}
	}
}
