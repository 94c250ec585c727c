package broker

import (
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// watch adds a watcher, once for each session: what it asked for before, it
// still wants.
func (t *task) watch(w watcher) {
	kept := t.watchers[:0]
	for _, old := range t.watchers {
		if old.session == w.session {
			old.session.watching--
			w.wantStart = w.wantStart || old.wantStart
		} else if !old.session.gone {
			kept = append(kept, old)
		}
	}
	t.watchers = append(kept, w)
	w.session.watching++
}

// tellRunning sends a message about a running task to those who asked for it.
func (b *Broker) tellRunning(t *task, m wire.Message) {
	for _, w := range t.watchers {
		if w.wantStart && w.session.connected {
			b.send(w.session.peer, m)
		}
	}
}

// tellEnd sends the end of a task to its watchers. The result is at hand.
func (b *Broker) tellEnd(now Instant, t *task, result []byte) {
	for _, w := range t.watchers {
		w.session.watching--
		if w.session.gone || w.quiet {
			continue
		}
		m := endedMessage(&t.Task)
		b.keepTelling(now, w.session, m)
		if w.session.connected {
			m.Result = result
			b.send(w.session.peer, m)
		}
	}
	t.watchers = nil
}

// tellPast sends the end of a task that ended earlier. Its result is in the
// journal.
func (b *Broker) tellPast(now Instant, s *session, t *journal.Task) {
	m := endedMessage(t)
	b.keepTelling(now, s, m)
	if s.connected {
		b.sendLoaded(s.peer, m, LoadResult, t.ID)
	}
}

func endedMessage(t *journal.Task) *wire.Ended {
	return &wire.Ended{
		Ref: wire.Ref{Task: t.ID, Attempt: t.Attempt}, State: t.State, Reason: t.Reason,
		Text: t.Text, Worker: t.Worker, Key: t.Spec.Key, Target: t.Spec.Target,
	}
}

// keepTelling books an end until the session acknowledges it. A session that
// lets too many pile up is closed: its client finds out with its next word,
// and asks for what it waits for.
func (b *Broker) keepTelling(now Instant, s *session, m *wire.Ended) {
	switch {
	case s.gone || s.peer.Dialect == wire.Local || s.told[m.Task] != nil:
	case len(s.told) >= unackedMax:
		b.closeSession(s)
	default:
		s.book(now, m)
	}
}

func (s *session) book(now Instant, m *wire.Ended) {
	e := &telling{ended: *m, since: now.Mono, sent: now.Mono, open: true}
	e.ended.Result = nil
	s.told[m.Task] = e
	s.order = append(s.order, e)
}

// settle closes the book on an end.
func (s *session) settle(id journal.ID) {
	if e := s.told[id]; e != nil {
		s.strike(e)
	}
	for len(s.order) > 0 && !s.order[0].open {
		s.order = s.order[1:]
	}
}

// strike takes an end out of the book. Its place in the order stays, for who
// goes through that.
func (s *session) strike(e *telling) {
	e.open = false
	delete(s.told, e.ended.Task)
}

// retellMax bounds the ends that are repeated at a time: each is read from the
// journal. The others follow with the next beat.
const retellMax = 4096

// retell repeats the ends that were sent no later than the given time and have
// not been acknowledged.
func (b *Broker) retell(now Instant, s *session, sent time.Duration) {
	for n := min(len(s.order), retellMax); n > 0 && s.connected; n-- {
		e := s.order[0]
		if e.open && e.sent > sent {
			return
		}
		s.order = s.order[1:]
		if e.open {
			b.repeat(now, s, e)
		}
	}
}

// repeat sends an end again. A BCP/1 client can't acknowledge: what left has
// arrived, and what didn't is tried again for a while.
func (b *Broker) repeat(now Instant, s *session, e *telling) {
	if !s.acks && (!e.lost || now.Mono-e.since > bcp1Patience) {
		s.strike(e)
		return
	}
	e.sent, e.lost = now.Mono, false
	s.order = append(s.order, e)
	m := e.ended
	b.sendLoaded(s.peer, &m, LoadResult, m.Task)
}

// endedAck takes in that an end has arrived.
func (b *Broker) endedAck(now Instant, from wire.Peer, m *wire.EndedAck) {
	if s := b.sessionOf(now, from, 0); s != nil {
		s.settle(m.Task)
	}
}

// Pruned takes in that the result for a send is in the journal no more: its task
// has been kept long enough. The client is told that there is no such task, as
// it would be if it asked now, and the end is not repeated.
func (b *Broker) Pruned(_ Instant, s Send) {
	if c := b.sessionsByPeer[s.To]; c != nil {
		c.settle(s.Task)
	}
	no := &wire.Refuse{Code: wire.CodeUnknownTask, Text: s.Task.String()}
	if m, ok := s.Msg.(*wire.Ended); ok {
		no.Key, no.Target = m.Key, m.Target
	}
	b.refuse(s.To, no)
}
