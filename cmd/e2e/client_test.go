package e2e

import (
	"context"
	"testing"

	"bcp/broker/admin/api"
	"bcp/broker/view"
	"bcp/client"
)

// A client is told of an array's members what bcp-ctl is told, also of those that have not
// started, and after a kill of the broker.
func TestClientListsMembers(t *testing.T) {
	d := startBroker(t)
	g := newGate(t)
	g.startWorker(d, "w1", "--service", "s")
	c := dial(t, d)
	h := submit(t, c, client.Task{Service: "s", Array: "7-256", ArrayRunning: 1, Key: "array"})
	g.open("one") // the first one ends, and the second one runs for as long as the gate is shut
	d.eventually("the first member to end", func(*api.Client) bool { return clientsMembers(t, c, h)[0].Ended })
	alike := func() {
		t.Helper()
		d.eventually("both to be told the same", func(*api.Client) bool {
			told, listed := clientsMembers(t, c, h), d.ctl("tasks", "list", "--array", "key=array", "--all", "-o", "jsonl").exits(0).tasks()
			if len(told) != 250 || len(listed) != len(told) {
				t.Fatalf("%d members are told, and %d listed", len(told), len(listed))
			}
			for i := range told {
				if told[i].ID != listed[i].ID || *told[i].Index != *listed[i].Index || *told[i].Index != uint32(7+i) {
					t.Fatalf("member %d is told as %+v, and listed as %+v", i, told[i], listed[i])
				}
				if told[i].State != listed[i].State || told[i].Attempt != listed[i].Attempt {
					return false // it went on between the two
				}
			}
			return told[0].State == "done" && told[249].State == "pending" && told[249].Attempt == 0
		})
	}
	alike()
	d.restart()
	alike()
}

// clientsMembers lists the members of an array as a client is told of them.
func clientsMembers(t *testing.T, c *client.Client, h *client.Handle) (list []view.Task) {
	t.Helper()
	for m, err := range c.Members(deadline(t), h.ID()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

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
