package client_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

// startPlaced makes a worker with labels and resources. Its tasks run until the
// body of one is received from the channel.
func startPlaced(t *testing.T, b *testBroker, cfg worker.Config) (finish func(body string)) {
	t.Helper()
	done := map[string]chan struct{}{}
	for _, body := range []string{"a", "b", "c", "d"} {
		done[body] = make(chan struct{})
	}
	cfg.Broker, cfg.Slots, cfg.DrainTimeout = b.address, 8, -1
	cfg.Handler = func(ctx context.Context, task *worker.Task) ([]byte, error) {
		select {
		case <-done[string(task.Body)]:
			return []byte(cfg.Name), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	run(t, cfg)
	return func(body string) { close(done[body]) }
}

// TestWhere submits tasks that select their worker, with and without a service.
func TestWhere(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	onA := submit(t, c, client.Task{Service: "echo", Where: "gpu=a100|h100,zone!=b"})
	onB := submit(t, c, client.Task{Where: "zone=b"})
	named := submit(t, c, client.Task{Where: "worker=wb", Resources: map[string]string{"cpu": "500m"}})
	nobody := submit(t, c, client.Task{Where: "tpu"})
	run(t, worker.Config{Name: "wa", Broker: b.address, Services: []string{"echo"}, Handler: echoes, Labels: map[string]string{"gpu": "h100", "zone": "a"}})
	run(t, worker.Config{Name: "wb", Broker: b.address, Handler: echoes, Labels: map[string]string{"zone": "b"}, Resources: map[string]string{"cpu": "1"}})
	for h, want := range map[*client.Handle]string{onA: "wa", onB: "wb", named: "wb"} {
		if got, err := h.Wait(within(t)); err != nil || got.Worker != want {
			t.Errorf("ran at %q, %v, want %q", got.Worker, err, want)
		}
	}
	if task, err := c.Query(within(t), nobody.ID()); err != nil || task.State != journal.Pending {
		t.Errorf("one that nobody can do: %+v, %v", task, err)
	}
}

// TestResources has a worker run no more at a time than it has resources for, and
// a task run where another one runs, with a restart of the broker between.
func TestResources(t *testing.T) {
	b := startBroker(t)
	finish := startPlaced(t, b, worker.Config{Name: "w1", Services: []string{"sim"}, Resources: map[string]string{"cpu": "4", "mem": "8GiB"}})
	c := dial(t, b)
	starts := make(chan string, 4)
	task := func(body, cpu string) client.Task {
		return client.Task{
			Service: "sim", Body: []byte(body), Resources: map[string]string{"cpu": cpu},
			OnStart: func(client.Start) { starts <- body },
		}
	}
	first := submit(t, c, task("a", "3"))
	receive(t, starts, "a")
	second := submit(t, c, task("b", "2"))
	small := task("c", "1")
	small.Service, small.SameWorkerAs = "", first.ID()
	third := submit(t, c, small)
	receive(t, starts, "c") // it fits in beside the first, and the second doesn't
	b.restart()
	finish("a")
	receive(t, starts, "b")
	finish("b")
	finish("c")
	for _, h := range []*client.Handle{first, second, third} {
		if got, err := h.Wait(within(t)); err != nil || got.Worker != "w1" || got.Attempt != 1 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if task, err := c.Query(within(t), third.ID()); err != nil || task.Pinned != "w1" {
		t.Errorf("one that ran where another did: %+v, %v", task, err)
	}
}

// TestPrefer has a task wait for a worker that it prefers, and then go to another.
func TestPrefer(t *testing.T) {
	b := startBroker(t)
	run(t, worker.Config{Name: "slow", Broker: b.address, Services: []string{"echo"}, Handler: echoes})
	c := dial(t, b)
	content := submit(t, c, client.Task{Service: "echo", Prefer: "disk=fast", PreferFor: 1e6})
	choosy := submit(t, c, client.Task{Service: "echo", Prefer: "disk=fast", PreferFor: 3600e9})
	if got, err := content.Wait(within(t)); err != nil || got.Worker != "slow" {
		t.Errorf("one that is soon content: %+v, %v", got, err)
	}
	run(t, worker.Config{Name: "fast", Broker: b.address, Services: []string{"echo"}, Handler: echoes, Labels: map[string]string{"disk": "fast"}})
	if got, err := choosy.Wait(within(t)); err != nil || got.Worker != "fast" {
		t.Errorf("one that waits: %+v, %v", got, err)
	}
}

// TestBadPlace asks for places that there are not.
func TestBadPlace(t *testing.T) {
	c := dial(t, startBroker(t))
	for _, task := range []client.Task{
		{Service: "echo", Where: "gpu="},
		{Service: "echo", Where: "gpu>3"},
		{Service: "echo", Prefer: "zone=a,gpu>=3", PreferFor: time.Minute},
		{Service: "echo", Resources: map[string]string{"cpu": "lots"}},
		{Service: "echo", Prefer: "gpu"},
		{Service: "echo", SameWorkerAs: journal.ID{1}},
	} {
		if _, err := c.Submit(within(t), task); err == nil {
			t.Errorf("%+v is accepted", task)
		}
	}
	if _, err := c.Edit(within(t), journal.ID{1}, client.Edit{Set: client.Task{Where: "gpu>3"}}); err == nil || !strings.Contains(err.Error(), "not compared") {
		t.Errorf("an edit to a selector that compares: %v", err)
	}
	for _, task := range []client.Task{{}, {Worker: "w", Service: "s"}, {All: true}, {All: true, Worker: "w"}, {All: true, Service: "s", SameWorkerAs: journal.ID{1}}} {
		if _, err := c.Submit(within(t), task); !errors.Is(err, client.ErrTarget) {
			t.Errorf("%+v: %v", task, err)
		}
	}
}

func receive(t *testing.T, from <-chan string, want string) {
	t.Helper()
	if got := await(t, from); got != want {
		t.Fatalf("%q has started, not %q", got, want)
	}
}
