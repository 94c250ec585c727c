package client_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

// TestHold submits a task that is held, and lets it go on.
func TestHold(t *testing.T) {
	b := startBroker(t)
	startWorker(t, b, "w1")
	c := dial(t, b)
	h := submit(t, c, client.Task{Service: "echo", Body: []byte("x"), Key: "k", Hold: true})
	if _, err := submit(t, c, echo("y")).Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	if task, err := c.Query(within(t), h.ID()); err != nil || task.State != journal.Pending || !task.Held {
		t.Errorf("a task that came later has ended, and this one is %+v, %v: want it held", task, err)
	}
	if task, err := c.HoldKey(within(t), "k", "twice"); err != nil || !task.Held {
		t.Errorf("hold: %+v, %v", task, err)
	}
	if task, err := c.ReleaseKey(within(t), "k", "go"); err != nil || task.Held || task.State == journal.Pending {
		t.Errorf("release: %+v, %v: want it dispatched", task, err)
	}
	if got, err := h.Wait(within(t)); err != nil || string(got.Body) != "x" {
		t.Errorf("end: %+v, %v", got, err)
	}
	if task, err := c.Release(within(t), h.ID(), ""); err != nil || task.State != journal.Done {
		t.Errorf("release of a task that has ended: %+v, %v: want its end", task, err)
	}
	if _, err := c.Hold(within(t), h.ID(), ""); !isCode(err, wire.CodeNotAllowed) {
		t.Errorf("hold of a task that has ended: %v, want %s", err, wire.CodeNotAllowed)
	}
}

// TestHoldSurvives puts a task aside, and starts the broker again.
func TestHoldSurvives(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	h := submit(t, c, echo("x"))
	if _, err := c.Hold(within(t), h.ID(), "not yet"); err != nil {
		t.Fatal(err)
	}
	b.restart()
	startWorker(t, b, "w1")
	if task, err := c.Query(within(t), h.ID()); err != nil || !task.Held {
		t.Errorf("after a restart: %+v, %v: want it held", task, err)
	}
	if _, err := c.Release(within(t), h.ID(), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Wait(within(t)); err != nil {
		t.Error(err)
	}
}

// TestPriority has a worker with one slot take what waits for it.
func TestPriority(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	var handles []*client.Handle
	for body, priority := range map[string]int{"a": -10, "b": 0, "c": 100} {
		handles = append(handles, submit(t, c, client.Task{Service: "echo", Body: []byte(body), Priority: priority}))
	}
	order := make(chan string, len(handles))
	serveSlots(t, b, "w1", 1, func(_ context.Context, task *worker.Task) ([]byte, error) {
		order <- string(task.Body)
		return nil, nil
	})
	for _, h := range handles {
		if _, err := h.Wait(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	if got := <-order + <-order + <-order; got != "cba" {
		t.Errorf("order %s, want cba", got)
	}
}

// TestDelay sees that what has to wait says until when, and ends.
func TestDelay(t *testing.T) {
	b := startBroker(t)
	startWorker(t, b, "w1")
	c := dial(t, b)
	at := time.Now().Add(50 * time.Millisecond)
	delayed := submit(t, c, client.Task{Service: "echo", Delay: 50 * time.Millisecond})
	dated := submit(t, c, client.Task{Service: "echo", NotBefore: at})
	failing := submit(t, c, client.Task{
		Service: "echo", Body: []byte("fail"), Tries: 2, RetryDelay: 50 * time.Millisecond, RetryDelayMax: time.Second,
	})
	for _, h := range []*client.Handle{delayed, dated, failing} {
		var failed *client.TaskError
		if _, err := h.Wait(within(t)); err != nil && !errors.As(err, &failed) {
			t.Fatal(err)
		}
	}
	stood := func(h *client.Handle) journal.Task {
		task, err := c.Query(within(t), h.ID())
		if err != nil {
			t.Fatal(err)
		}
		return task
	}
	if task := stood(delayed); task.NotBeforeMS != task.SubmittedMS+50 || task.DispatchedMS < task.NotBeforeMS {
		t.Errorf("delayed by 50 ms: %+v", task)
	}
	if task := stood(dated); task.NotBeforeMS != at.UnixMilli() || task.DispatchedMS < task.NotBeforeMS {
		t.Errorf("not before %d: %+v", at.UnixMilli(), task)
	}
	if task := stood(failing); task.Attempt != 2 || task.NotBeforeMS != task.PendingMS+50 || task.DispatchedMS < task.NotBeforeMS {
		t.Errorf("tried again after 50 ms: %+v", task)
	}
}

func TestBadSchedule(t *testing.T) {
	c := dial(t, startBroker(t))
	for says, task := range map[string]client.Task{
		"priority 101: -100 to 100":                     {Priority: 101},
		"priority -1099511627776: -100 to 100":          {Priority: -1 << 40},
		"delay -1s: 0s to 3650d":                        {Delay: -time.Second},
		"not-before 1969-12-31T23:59:59Z: a time since": {NotBefore: time.Unix(-1, 0)},
		"retry-delay -1ms: 0s to 3650d":                 {RetryDelay: -time.Millisecond},
		"retry-delay-max -1ms: 0s to 3650d":             {RetryDelayMax: -time.Millisecond},
		"retry-delay-max 5ms: no less than":             {RetryDelay: 10 * time.Millisecond, RetryDelayMax: 5 * time.Millisecond},
		"retry-delay-max 5m: only accepted with":        {RetryDelayMax: 5 * time.Minute},
		"run-timeout -1ms":                              {RunTimeout: -time.Microsecond},
		"keep -1ms: 1ms to":                             {Keep: -time.Nanosecond},
		"loss-max -2: 0 to 1000":                        {LossMax: -2},
		"not-before 2":                                  {NotBefore: time.Now().AddDate(20, 0, 0)},
	} {
		task.Service = "echo"
		checkBadOption(t, c, task, says)
	}
}

func checkBadOption(t *testing.T, c *client.Client, task client.Task, says string) {
	t.Helper()
	if _, err := c.Submit(within(t), task); !isCode(err, wire.CodeBadOption) || !strings.Contains(err.Error(), says) {
		t.Errorf("%v: should say %s", err, says)
	}
}
