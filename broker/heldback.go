package broker

import (
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// A dispatch may leave the broker long after it was decided: the server holds it back
// while its worker has more to take in than it should, or while a large body is read.
// The worker can't start meanwhile what it has not been given, so the time that it has
// for that counts from when it is. After a restart nobody knows what was held back, and
// it counts from the dispatch, as the journal has it.

// HeldBack takes in that a send waits in the server. If it is a dispatch whose worker has
// gone meanwhile, it is taken back.
func (b *Broker) HeldBack(now Instant, s Send) {
	t := b.dispatchOf(s)
	switch m, ok := s.Msg.(*wire.Dispatch); {
	case t != nil && !t.again && !t.heldBack:
		t.heldBack = true
		b.schedule(now, t)
	case t == nil && ok && b.workersByPeer[s.To] == nil:
		b.undispatched(now, m.Ref, s.To)
	}
}

// PassedOn takes in that a send that was held back leaves now.
func (b *Broker) PassedOn(now Instant, s Send) {
	if t := b.dispatchOf(s); t != nil && t.heldBack {
		t.heldBack, t.passedOn, t.sent = false, now.Mono, now.Mono
		b.schedule(now, t)
	}
}

// left is when the current dispatch left the broker.
func (t *task) left(now Instant) time.Duration {
	if t.passedOn != 0 {
		return t.passedOn
	}
	return t.began(now, t.DispatchedMS)
}

// dispatchOf returns the task whose current attempt a send gives to its worker, nil if
// it does nothing of the sort.
func (b *Broker) dispatchOf(s Send) *task {
	m, ok := s.Msg.(*wire.Dispatch)
	if !ok {
		return nil
	}
	t := b.current(m.Ref)
	if t == nil || t.worker.peer != s.To || t.State != journal.Dispatched {
		return nil
	}
	return t
}

// Gives tells whether an attempt is the current one of a task that has not ended.
func (b *Broker) Gives(ref wire.Ref) bool { return b.current(ref) != nil }
