package client_test

import (
	"bytes"
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"bcp/client"
	"bcp/journal"
)

// A client does not keep a result that nobody has any more.
func TestIdleClientKeepsNoResult(t *testing.T) {
	b := startBroker(t)
	startWorker(t, b, "w")
	c := dial(t, b)
	ctx := within(t)
	var gone atomic.Bool
	id := large(ctx, t, c, &gone)
	for range 100 {
		if _, err := c.Query(ctx, id); err != nil {
			t.Fatal(err)
		}
		if runtime.GC(); gone.Load() {
			return
		}
	}
	t.Error("the result is kept")
}

// large has a task with a large result done, and notes when that is given up.
func large(ctx context.Context, t *testing.T, c *client.Client, gone *atomic.Bool) journal.ID {
	t.Helper()
	h := submit(t, c, client.Task{Service: "echo", Body: bytes.Repeat([]byte("b"), 1<<20)})
	result, err := h.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	runtime.AddCleanup(&result.Body[0], func(int) { gone.Store(true) }, 0)
	return h.ID()
}
