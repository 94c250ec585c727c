package broker

import (
	"cmp"

	"bcp/broker/wire"
	"bcp/journal"
)

// holdsMax bounds how often a task is put aside: its row keeps each time.
const holdsMax = 1000

// hold puts a pending task aside: it is not dispatched until it is released.
func (b *Broker) hold(now Instant, from wire.Peer, m *wire.Hold) {
	b.doFor(now, from, &wire.Refuse{Req: m.Req, Key: m.Key}, m.Task, func(s *session, found *journal.Task) *wire.Error {
		return b.holdFound(now, found, cmp.Or(m.By, s.id), m.Text)
	})
}

// holdFound holds a task that was found, which is as it is afterwards then.
func (b *Broker) holdFound(now Instant, found *journal.Task, by, why string) *wire.Error {
	if err := checkHold(found); err != nil {
		return err
	}
	t := b.reach(now, found.ID)
	b.holdTask(now, t, by, why)
	*found = t.Task
	return nil
}

// holdable tells whether the task can be put aside: none of it is to be dispatched
// then. The members of a group that are out go on.
func holdable(t *journal.Task) bool {
	return t.State == journal.Pending || t.Tally != nil && t.State == journal.Running
}

// checkHold tells why a task can't be put aside.
func checkHold(t *journal.Task) *wire.Error {
	switch {
	case !holdable(t):
		return wire.Errorf(wire.CodeNotAllowed, "task %s is %s: only a pending task can be held", t.ID, t.State)
	case !t.Held && t.Holds >= holdsMax:
		return wire.Errorf(wire.CodeNotAllowed, "task %s was held %d times, as often as it may be", t.ID, t.Holds)
	}
	return nil
}

// holdTask puts a pending task aside, if it is not.
func (b *Broker) holdTask(now Instant, t *task, by, why string) {
	if t.Held {
		return
	}
	b.record(now, journal.Record{Task: t.ID, Kind: journal.KindHold, Attempt: t.Attempt, By: by, Text: why})
	b.dequeue(t)
	b.refill(now)
	if t.Tally != nil {
		b.keepBack(now, t.group)
	}
	b.schedule(now, t)
}

// release lets a task go on that was put aside. One that is not held stays as it is,
// in whatever state: a release whose answer was lost comes again.
func (b *Broker) release(now Instant, from wire.Peer, m *wire.Release) {
	b.doFor(now, from, &wire.Refuse{Req: m.Req, Key: m.Key}, m.Task, func(s *session, found *journal.Task) *wire.Error {
		b.releaseFound(now, found, cmp.Or(m.By, s.id), m.Text)
		return nil
	})
}

// releaseFound releases a task that was found, which is as it is afterwards then.
func (b *Broker) releaseFound(now Instant, found *journal.Task, by, why string) {
	if t := b.live(found.ID); t != nil {
		b.releaseTask(now, t, by, why)
		*found = t.Task
	}
}

// releaseTask lets a task go on that is held.
func (b *Broker) releaseTask(now Instant, t *task, by, why string) {
	if !t.Held {
		return
	}
	b.record(now, journal.Record{Task: t.ID, Kind: journal.KindRelease, Attempt: t.Attempt, By: by, Text: why})
	b.arrive(now, t)
}
