package broker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// order has a worker with one slot do all that was submitted, and returns whose
// tasks it did, by the route of the client.
func (r *room) order() string {
	r.t.Helper()
	w := wire.Peer{Dialect: wire.BCP2Worker, Route: "w"}
	r.b.Step(r.now, w, &wire.Register{Name: "w", Instance: [16]byte{1}, Slots: 1, Services: []string{"s", "s2"}})
	var names strings.Builder
	for {
		out := r.b.Take()
		r.b.Committed(out.Mark)
		var done *wire.Dispatch
		for _, s := range out.Sends {
			if m, ok := s.Msg.(*wire.Dispatch); ok {
				done = m
			}
		}
		if done == nil {
			return names.String()
		}
		names.WriteString(r.b.live(done.Task).Spec.ClientName())
		r.now.Mono += time.Second
		r.b.Step(r.now, w, &wire.Outcome{Ref: done.Ref, Verdict: wire.VerdictDone})
	}
}

func (r *room) submit(client wire.Peer, n int, service string, priority int32) {
	for range n {
		r.now.Mono += time.Second
		r.now.WallMS += 1000
		r.b.Step(r.now, client, &wire.Submit{Spec: &journal.Spec{
			Tries: 1, Priority: priority, Target: journal.Target{Kind: journal.ToService, Name: service},
		}})
	}
}

// Clients take turns, however many tasks they have and whenever they came.
func TestClientsTakeTurns(t *testing.T) {
	r := newRoom(t, 0)
	c, d, e := roomClients[0], roomClients[1], roomClients[2]
	r.submit(c, 8, "s", 0)
	r.submit(d, 3, "s2", 0)
	r.submit(e, 2, "s", 0)
	if got := r.order(); got != "cdecdecdccccc" {
		t.Errorf("the order is %s", got)
	}
}

// A step of priority counts as much as a minute since a client's last turn, so the
// lower one gets its turns, but seldom.
func TestTurnsAge(t *testing.T) {
	r := newRoom(t, 0)
	r.submit(roomClients[0], 200, "s", 1)
	r.submit(roomClients[1], 3, "s", 0)
	got := r.order()
	var at []int
	for i, name := range got {
		if name == 'd' {
			at = append(at, i)
		}
	}
	// A task takes a second, so c has sixty done between two of d.
	if len(got) != 203 || fmt.Sprint(at) != "[59 120 181]" {
		t.Errorf("of %d tasks, those of the second client are at %v", len(got), at)
	}
}

// Who is alone has its tasks done in their order, whatever services they are for.
func TestAloneInOrder(t *testing.T) {
	r := newRoom(t, 0)
	for i := range 10 {
		r.submit(roomClient, 1, []string{"s", "s2"}[i/3%2], 0)
	}
	var ids []journal.ID
	w := wire.Peer{Dialect: wire.BCP2Worker, Route: "w"}
	r.b.Step(r.now, w, &wire.Register{Name: "w", Instance: [16]byte{1}, Slots: 10, Services: []string{"s", "s2"}})
	for _, s := range r.b.Take().Sends {
		if m, ok := s.Msg.(*wire.Dispatch); ok {
			ids = append(ids, m.Task)
		}
	}
	if len(ids) != 10 {
		t.Fatalf("%d of 10 tasks are dispatched", len(ids))
	}
	for i := range ids[1:] {
		if ids[i].Compare(ids[i+1]) > 0 {
			t.Errorf("task %d goes before one that was submitted earlier", i)
		}
	}
}
