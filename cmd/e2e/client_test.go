package e2e

import (
	"context"
	"testing"

	"bcp/client"
)

// dial opens a client of the broker.
func dial(t *testing.T, d *daemon) *client.Client {
	t.Helper()
	c, err := client.Dial(deadline(t), d.endpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// deadline returns a context that ends when the test has lost its patience.
func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// submit submits a task and waits until it is in the journal.
func submit(t *testing.T, c *client.Client, task client.Task) *client.Handle {
	t.Helper()
	h, err := c.Submit(deadline(t), task)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// submitTold is submit for a task whose starts are told on a channel.
func submitTold(t *testing.T, c *client.Client, task client.Task) (*client.Handle, <-chan client.Start) {
	t.Helper()
	starts := make(chan client.Start, 2) // a restart may have it told again
	task.OnStart = func(s client.Start) { starts <- s }
	return submit(t, c, task), starts
}

// wantDone waits for the end of a task, which is to be done with the result.
func wantDone(t *testing.T, h *client.Handle, body string) client.Result {
	t.Helper()
	result, err := h.Wait(deadline(t))
	if err != nil || string(result.Body) != body {
		t.Errorf("task %s ended as %+v, %v; it was to be done with %q", h.ID(), result, err, body)
	}
	return result
}

// await returns what comes next on a channel.
func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-deadline(t).Done():
		t.Fatal("waited in vain for what happens next")
		panic("unreachable")
	}
}
