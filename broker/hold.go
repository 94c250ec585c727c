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
	t := b.reach(now, found.ID)
	switch {
	case t == nil || !t.holdable():
		b.refuseHold(from, m, fmt.Sprintf("task %s is %s: only a pending task can be held", found.ID, found.State))
		return
	case !t.Held && t.Holds >= holdsMax:
		b.refuseHold(from, m, heldTooOften(t).Text)
		return
	}
	b.holdTask(now, t, cmp.Or(m.By, s.id), m.Text)
	b.send(from, &wire.Status{Req: m.Req, Task: t.Task})
}

// holdable tells whether the task can be put aside: none of it is to be dispatched
// then. The members of a group that are out go on.
func (t *task) holdable() bool {
	return t.State == journal.Pending || t.Tally != nil && t.State == journal.Running
}

func heldTooOften(t *task) *wire.Error {
	return wire.Errorf(wire.CodeNotAllowed, "task %s was held %d times, as often as it may be", t.ID, t.Holds)
}

// holdTask puts a pending task aside, if it is not.
func (b *Broker) holdTask(now Instant, t *task, by, why string) {
	if t.Held {
		return
	}
	b.record(now, journal.Record{Task: t.ID, Kind: journal.KindHold, Attempt: t.Attempt, By: by, Text: why})
	b.dequeue(t)
	b.refill(now)
	b.schedule(now, t)
	if t.Tally != nil {
		b.keepBack(now, t.group)
	}
}

// letGo releases a task that was put aside. One that is not held stays as it is,
// in whatever state: a release whose answer was lost comes again.
func (b *Broker) letGo(now Instant, from wire.Peer, m *wire.Release) {
	s, found, ok := b.findFor(now, from, &wire.Refuse{Req: m.Req, Key: m.Key}, m.Task)
	if !ok {
		return
	}
	if t := b.live(found.ID); t != nil {
		b.releaseTask(now, t, cmp.Or(m.By, s.id), m.Text)
		found = t.Task
	}
	b.send(from, &wire.Status{Req: m.Req, Task: found})
}

// releaseTask lets a task go on that is held.
func (b *Broker) releaseTask(now Instant, t *task, by, why string) {
	if !t.Held {
		return
	}
	b.record(now, journal.Record{Task: t.ID, Kind: journal.KindRelease, Attempt: t.Attempt, By: by, Text: why})
	b.arrive(now, t)
}

func (b *Broker) refuseHold(to wire.Peer, m *wire.Hold, text string) {
	b.refuse(to, &wire.Refuse{Req: m.Req, Code: wire.CodeNotAllowed, Key: m.Key, Text: text})
}
