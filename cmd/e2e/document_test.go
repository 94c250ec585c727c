package e2e

import (
	"strings"
	"testing"

	"bcp/broker/wire"
)

// Whoever has read PROTOCOL.md and nothing else can be a client and a worker, also of a broker
// that is killed.
func TestPeersFromTheDocument(t *testing.T) {
	for name, between := range map[string]func(*daemon){
		"without kills": func(*daemon) {},
		"with kills":    (*daemon).restart,
	} {
		t.Run(name, func(t *testing.T) {
			d := startBroker(t)
			w := documentWorker{startPeer(t, "bcp2_worker.py", "--broker", d.endpoint, "--name", "w1", "--service", "s")}
			c := documentClient{startPeer(t, "bcp2_client.py", "--broker", d.endpoint)}

			id := c.submit("first", false)
			w.begins("first")
			c.await("started")
			between(d)
			w.end(wire.VerdictDone, "fine")
			c.expectEnd("first", "done", "fine")
			d.wantHistory(id, atOnce...)
			between(d)
			c.do("wait", "first")
			c.expectEnd("first", "done", "fine")

			c.order(map[string]any{"do": "batch", "keys": []string{"one", "two"}, "service": "s"})
			for _, key := range []string{"one", "two"} {
				w.begins(key)
				between(d)
				w.end(wire.VerdictDone, strings.ToUpper(key))
				c.expectEnd(key, "done", strings.ToUpper(key))
			}

			c.submit("held", true)
			between(d)
			c.do("release", "held")
			c.await("status")
			w.begins("held")
			between(d)
			c.do("cancel", "held")
			w.await("stopped")
			c.expectEnd("held", "canceled", "")

			c.submit("bad", true)
			c.do("release", "bad")
			w.begins("bad")
			w.end(wire.VerdictFailed, "")
			c.expectEnd("bad", "failed", "")
		})
	}
}

// What a client asks for while there is no broker is done when there is one.
func TestClientFromTheDocumentWaitsForTheBroker(t *testing.T) {
	d := startBroker(t)
	c := documentClient{startPeer(t, "bcp2_client.py", "--broker", d.endpoint)}
	c.await("welcome")
	d.kill()
	c.order(map[string]any{"do": "submit", "key": "k", "service": "s", "body": "k"})
	d.start()
	startWorker(t, d, "w1", "--service", "s", "--", "cat")
	c.expectEnd("k", "done", "k")
}

// documentWorker is a worker that was written from PROTOCOL.md. It has one slot.
type documentWorker struct{ peer }

// begins waits until the worker runs an attempt, the first one of a task with the body.
func (w documentWorker) begins(body string) {
	w.t.Helper()
	if e := w.await("begun"); e.Text != body || e.Attempt != 1 {
		w.t.Fatalf("begun is attempt %d with the body %q, not the first with %q", e.Attempt, e.Text, body)
	}
}

// end has the attempt that runs end.
func (w documentWorker) end(v wire.Verdict, result string) {
	w.t.Helper()
	w.order(map[string]any{"do": "end", "verdict": v, "text": result})
}

// documentClient is a client that was written from PROTOCOL.md.
type documentClient struct{ peer }

// submit submits a task whose body is its key, and returns its ID.
func (c documentClient) submit(key string, hold bool) string {
	c.t.Helper()
	c.order(map[string]any{"do": "submit", "key": key, "service": "s", "body": key, "hold": hold})
	return c.await("accepted").Task
}

func (c documentClient) do(what, key string) {
	c.t.Helper()
	c.order(map[string]string{"do": what, "key": key})
}

// expectEnd checks the next end that the client is told.
func (c documentClient) expectEnd(key, state, result string) {
	c.t.Helper()
	if e := c.await("ended"); e.Key != key || e.State != state || e.Text != result {
		c.t.Fatalf("task %s is %s with %q; it was to be %s, %s with %q", e.Key, e.State, e.Text, key, state, result)
	}
}
