package broker

import (
	"cmp"
	"fmt"

	"bcp/broker/wire"
	"bcp/journal"
)

// holdsMax bounds how often a task is put aside: its row keeps each time.
const holdsMax = 1000

// putAside holds a pending task: it is not dispatched until it is released.
func (b *Broker) putAside(now Instant, from wire.Peer, m *wire.Hold) {
	s, found, ok := b.findFor(now, from, &wire.Refuse{Req: m.Req, Key: m.Key}, m.Task)
	if !ok {
		return
	}
	t := b.live(found.ID)
	switch {
	case t == nil || t.State != journal.Pending:
		b.refuseHold(from, m, fmt.Sprintf("task %s is %s: only a pending task can be held", found.ID, found.State))
		return
	case t.Held:
	case t.Holds >= holdsMax:
		b.refuseHold(from, m, fmt.Sprintf("task %s was held %d times, as often as it may be", t.ID, t.Holds))
		return
	default:
		b.record(now, journal.Record{Task: t.ID, Kind: journal.KindHold, Attempt: t.Attempt, By: cmp.Or(m.By, s.id), Text: m.Text})
		b.dequeue(t)
		b.schedule(now, t)
	}
	b.send(from, &wire.Status{Req: m.Req, Task: t.Task})
}

// letGo releases a task that was put aside. One that is not held stays as it is,
// in whatever state: a release whose answer was lost comes again.
func (b *Broker) letGo(now Instant, from wire.Peer, m *wire.Release) {
	s, found, ok := b.findFor(now, from, &wire.Refuse{Req: m.Req, Key: m.Key}, m.Task)
	if !ok {
		return
	}
	if t := b.live(found.ID); t != nil && t.Held {
		b.record(now, journal.Record{Task: t.ID, Kind: journal.KindRelease, Attempt: t.Attempt, By: cmp.Or(m.By, s.id), Text: m.Text})
		b.arrive(now, t)
		found = t.Task
	}
	b.send(from, &wire.Status{Req: m.Req, Task: found})
}

func (b *Broker) refuseHold(to wire.Peer, m *wire.Hold, text string) {
	b.refuse(to, &wire.Refuse{Req: m.Req, Code: wire.CodeNotAllowed, Key: m.Key, Text: text})
}
