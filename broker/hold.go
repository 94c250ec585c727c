package broker

import (
	"fmt"

	"bcp/broker/wire"
	"bcp/journal"
)

// holdsMax bounds how often a task is put aside: its row keeps each time.
const holdsMax = 1000

// putAside holds a pending task: it is not dispatched until it is released.
func (b *Broker) putAside(now Instant, from wire.Peer, m *wire.Hold) {
	t, by := b.findPending(now, from, m)
	if t == nil {
		return
	}
	switch {
	case t.Held:
	case t.Holds >= holdsMax:
		b.refuse(from, &wire.Refuse{
			Req: m.Req, Code: wire.CodeNotAllowed, Key: m.Key,
			Text: fmt.Sprintf("task %s was held %d times, as often as it may be", t.ID, t.Holds),
		})
		return
	default:
		b.record(now, journal.Record{Task: t.ID, Kind: journal.KindHold, Attempt: t.Attempt, By: by, Text: m.Text})
		b.dequeue(t)
		b.schedule(now, t)
	}
	b.send(from, &wire.Status{Req: m.Req, Task: t.Task})
}

// letGo releases a task that was put aside.
func (b *Broker) letGo(now Instant, from wire.Peer, m *wire.Release) {
	t, by := b.findPending(now, from, (*wire.Hold)(m))
	if t == nil {
		return
	}
	if t.Held {
		b.record(now, journal.Record{Task: t.ID, Kind: journal.KindRelease, Attempt: t.Attempt, By: by, Text: m.Text})
		b.arrive(now, t)
	}
	b.send(from, &wire.Status{Req: m.Req, Task: t.Task})
}

// findPending finds the pending task that somebody names, and who that is. Nil,
// and a refusal, if there is none.
func (b *Broker) findPending(now Instant, from wire.Peer, m *wire.Hold) (*task, string) {
	s := b.sessionOf(now, from, m.Req)
	if s == nil {
		return nil, ""
	}
	found, ok := b.find(from, &wire.Refuse{Req: m.Req, Key: m.Key}, m.Task)
	if !ok {
		return nil, ""
	}
	by := m.By
	def(&by, s.id)
	if t := b.live(found.ID); t != nil && t.State == journal.Pending {
		return t, by
	}
	b.refuse(from, &wire.Refuse{
		Req: m.Req, Code: wire.CodeNotAllowed, Key: m.Key,
		Text: fmt.Sprintf("task %s is %s: only a pending task can be held or released", found.ID, found.State),
	})
	return nil, ""
}
