package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// registered returns the worker that speaks on a connection. Nil, and a
// refusal that makes it register again, if there is none.
func (b *Broker) registered(now Instant, from wire.Peer) *worker {
	w := b.workersByPeer[from]
	if w == nil {
		b.refuse(from, &wire.Refuse{Code: wire.CodeUnknownPeer, Text: "register first"})
		return nil
	}
	w.heard = now.Mono
	return w
}

// workerBeat takes in a worker's heartbeat and compares what it has with what
// the journal gave it.
func (b *Broker) workerBeat(now Instant, from wire.Peer, m *wire.WorkerBeat) {
	w := b.registered(now, from)
	if w == nil {
		return
	}
	if w.draining != m.Draining {
		w.draining = m.Draining
		b.touch(w)
	}
	if m.NoInventory {
		b.askForUnstarted(now, w)
	} else {
		b.reconcile(now, w, m.Inventory, m.Seen)
	}
	b.fill(now, w)
}

// leave takes in that a peer goes away for good.
func (b *Broker) leave(now Instant, from wire.Peer) {
	b.leaveReplays(from)
	if s := b.sessionsByPeer[from]; s != nil {
		b.closeSession(s)
	}
	if w := b.workersByPeer[from]; w != nil {
		b.away(now, w, 0)
		b.expire(now, w)
	}
}

// Undelivered takes in that a send did not leave: its peer has no connection
// any more, or doesn't read what it is sent. Either way it has lost its place
// and has to say Hello or Register again.
func (b *Broker) Undelivered(now Instant, s Send) {
	if w := b.workersByPeer[s.To]; w != nil {
		b.away(now, w, b.cfg.ReattachGrace)
	}
	if c := b.sessionsByPeer[s.To]; c != nil && c.acks() {
		b.disconnect(c)
	}
	b.Dropped(now, s)
}

// Unreachable is Undelivered for a peer that has no connection any more. A BCP/1 client whose
// routing id was given to it is never there again: nothing is kept for it.
func (b *Broker) Unreachable(now Instant, s Send) {
	b.Undelivered(now, s)
	if c := b.sessionsByPeer[s.To]; c != nil && s.To.Dialect == wire.BCP1Client && isGiven(s.To.Route) {
		b.closeSession(c)
	}
}

// Dropped takes in that a send was given up: it had to wait, and its peer went away
// meanwhile. If the peer is back on the same connection it stays connected.
func (b *Broker) Dropped(now Instant, s Send) {
	if m, ok := s.Msg.(*wire.Dispatch); ok {
		b.undispatched(now, m.Ref, s.To)
	}
	if c := b.sessionsByPeer[s.To]; c != nil {
		c.missed(s.Msg)
	}
}

// undispatched takes back an attempt that never left. Not every worker can say
// that it doesn't have it; one that has come back on another connection has. What was
// sent before may have arrived: that its worker is gone is another loss.
func (b *Broker) undispatched(now Instant, ref wire.Ref, to wire.Peer) {
	t := b.current(ref)
	switch {
	case t == nil || t.StartedMS != 0:
	case t.worker.live && t.worker.peer != to && !t.worker.noInventory():
	case t.again && !t.heldBack:
	default:
		b.lose(now, t, journal.ReasonUndelivered)
	}
}

// Knows tells whether the peer is a worker or a client that the broker tells things.
func (b *Broker) Knows(p wire.Peer) bool {
	return b.workersByPeer[p] != nil || b.sessionsByPeer[p] != nil
}

// missed marks an end that did not leave, to be tried again. A BCP/1 client
// may have a routing id of its own and come back under it.
func (s *session) missed(m wire.Message) {
	if ended, ok := m.(*wire.Ended); ok && s.told[ended.Task] != nil {
		s.told[ended.Task].lost = true
	}
}
