package client_test

import (
	"context"
	"errors"
	"testing"

	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

// gate is a worker whose tasks end when they are let go, one after another.
type gate struct {
	started chan string
	release chan struct{}
}

func startGate(t testing.TB, b *testBroker, slots int) *gate {
	g := &gate{started: make(chan string, 100), release: make(chan struct{})}
	serveSlots(t, b, "gate", slots, func(ctx context.Context, task *worker.Task) ([]byte, error) {
		g.started <- string(task.Body)
		select {
		case <-g.release:
		case <-ctx.Done():
		}
		return task.Body, nil
	})
	return g
}

func (g *gate) next(t testing.TB) string {
	t.Helper()
	return await(t, g.started)
}

// out tells how many attempts a limit counts.
func out(t testing.TB, c *client.Client, l journal.Limit) uint32 {
	t.Helper()
	all, err := c.Limits(within(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range all {
		if info.Scope == l.Scope && info.Name == l.Name {
			return info.Out
		}
	}
	t.Fatalf("limit %s is not listed: %+v", l.ID(), all)
	return 0
}

// TestLimit sets a limit, raises it while tasks wait for it, and unsets it.
func TestLimit(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	limit := journal.Limit{Scope: journal.LimitKey, Name: "db", Running: 1}
	info, err := c.SetLimit(within(t), limit, "one at a time")
	if err != nil || info.Limit != limit || info.By != c.Session() || info.Text != "one at a time" || info.AtMS == 0 {
		t.Fatalf("set: %+v, %v", info, err)
	}
	g := startGate(t, b, 5)
	for _, body := range []string{"a", "b", "c", "d"} {
		submit(t, c, client.Task{Service: "echo", Body: []byte(body), LimitKeys: []string{"db"}})
	}
	submit(t, c, client.Task{Service: "echo", Body: []byte("free")})
	if first, second := g.next(t), g.next(t); first+second != "afree" && first+second != "freea" {
		t.Errorf("%s and %s start first, want the first with the key and the one without", first, second)
	}
	if n := out(t, c, limit); n != 1 {
		t.Errorf("%d attempts of the key are out", n)
	}
	limit.Running = 3
	if _, err := c.SetLimit(within(t), limit, ""); err != nil {
		t.Fatal(err)
	}
	g.next(t)
	g.next(t)
	if n := out(t, c, limit); n != 3 {
		t.Errorf("%d attempts of the key are out, want 3", n)
	}
	if info, err := c.UnsetLimit(within(t), journal.Limit{Scope: journal.LimitKey, Name: "db"}, "no need"); err != nil || info.Set() || info.Text != "no need" {
		t.Errorf("unset: %+v, %v", info, err)
	}
	if got := g.next(t); got != "d" {
		t.Errorf("%s starts after the limit is gone", got)
	}
	close(g.release)
}

// TestLimitSurvives starts the broker again: the limit holds, and counts what is at
// the worker.
func TestLimitSurvives(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b, client.As("anna"))
	limit := journal.Limit{Scope: journal.LimitClient, Name: "anna", Running: 2}
	if _, err := c.SetLimit(within(t), limit, "fair"); err != nil {
		t.Fatal(err)
	}
	g := startGate(t, b, 5)
	var handles []*client.Handle
	for _, body := range []string{"a", "b", "c"} {
		handles = append(handles, submit(t, c, client.Task{Service: "echo", Body: []byte(body)}))
	}
	g.next(t)
	g.next(t)
	b.restart()
	if n := out(t, c, limit); n != 2 {
		t.Errorf("%d attempts are out after a restart, want 2", n)
	}
	if task, err := c.Query(within(t), handles[2].ID()); err != nil || task.State != journal.Pending {
		t.Errorf("the third task: %+v, %v", task, err)
	}
	g.release <- struct{}{}
	if got := g.next(t); got != "c" {
		t.Errorf("%s starts", got)
	}
	close(g.release)
}

// TestLimitRefused asks for limits that there can't be.
func TestLimitRefused(t *testing.T) {
	c := dial(t, startBroker(t))
	for _, l := range []journal.Limit{
		{},
		{Scope: journal.LimitKey, Name: "db"},
		{Scope: journal.LimitKey, Name: "db", Rate: 1000},
		{Scope: journal.LimitService, Name: "s", Burst: 3},
		{Scope: journal.LimitClient, Name: "a/b", Running: 1},
	} {
		var refused *wire.Error
		if _, err := c.SetLimit(within(t), l, ""); !errors.As(err, &refused) {
			t.Errorf("set %+v: %v", l, err)
		}
	}
	if _, err := client.Dial(within(t), "tcp://127.0.0.1:1", client.As("a/b")); err == nil {
		t.Error("a client's name with a / is accepted")
	}
	if list, err := c.Limits(within(t)); err != nil || len(list) != 0 {
		t.Errorf("limits: %+v, %v", list, err)
	}
}
