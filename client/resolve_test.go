package client_test

import (
	"errors"
	"testing"

	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal"
)

// TestRetry retries a task that has failed: another one is made, and ends.
func TestRetry(t *testing.T) {
	b := startBroker(t)
	startWorker(t, b, "w1")
	c := dial(t, b)
	h := submit(t, c, client.Task{Service: "echo", Key: "k", Body: []byte("fail"), Labels: map[string]string{"run": "7"}})
	if _, err := h.Wait(within(t)); err == nil {
		t.Fatal("it did not fail")
	}
	again, err := c.RetryKey(within(t), "k", "perhaps now")
	if err != nil || again.ID == h.ID() {
		t.Fatalf("%+v, %v", again, err)
	}
	_, err = c.Wait(within(t), again.ID)
	var failed *client.TaskError
	if !errors.As(err, &failed) || failed.Text != "as told" {
		t.Errorf("it has another body: %v", err)
	}
	other := submit(t, c, client.Task{Service: "nowhere", RetryOf: h.ID()})
	if mine := find(t, c, "retry-of="+h.ID().String()); len(mine) != 1 || mine[0].ID != other.ID() {
		t.Errorf("found %+v", mine)
	}
	found := find(t, c, "state=any label.run=7")
	if len(found) != 2 || found[1].Spec.RetryOf != h.ID() {
		t.Errorf("found %+v", found)
	}
}

func TestDrop(t *testing.T) {
	c := dial(t, startBroker(t))
	h := submit(t, c, client.Task{Service: "nowhere", Key: "k"})
	if task, err := c.DropKey(within(t), "k", "not needed"); err != nil || task.State != journal.Canceled || task.Reason != journal.ReasonDropped {
		t.Errorf("%+v, %v", task, err)
	}
	_, err := h.Wait(within(t))
	var ended *client.TaskError
	if !errors.As(err, &ended) || ended.Reason != journal.ReasonDropped || ended.Text != "not needed" {
		t.Errorf("end: %v", err)
	}
	if task, err := c.Drop(within(t), h.ID(), "twice"); err != nil || task.CancelText != "not needed" {
		t.Errorf("dropped again: %+v, %v", task, err)
	}
	if _, err := c.Retry(within(t), journal.ID{1}, ""); !isCode(err, wire.CodeUnknownTask) {
		t.Errorf("retry of nobody's task: %v", err)
	}
}
