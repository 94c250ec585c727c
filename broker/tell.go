package broker

import (
	"slices"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// watchBy adds a watcher, once for each session: what it asked for before, it
// still wants.
func (t *task) watchBy(w watcher) {
	kept := t.watchers[:0]
	for _, old := range t.watchers {
		if old.session == w.session {
			old.session.watching--
			w.wantStart = w.wantStart || old.wantStart
			w.quiet = w.quiet && old.quiet
		} else if !old.session.gone {
			kept = append(kept, old)
		}
	}
	t.watchers = append(kept, w)
	w.session.watching++
}

// followed tells whether anybody asked for what is said of the running task.
func (t *task) followed() bool {
	return slices.ContainsFunc(t.watchers, func(w watcher) bool { return w.wantStart })
}

// tellRunning sends a message about a running task, or one whose tries are used up, to
// those who asked for it.
func (b *Broker) tellRunning(t *task, m wire.Message) {
	for _, w := range t.watchers {
		if w.wantStart && w.session.connected {
			b.send(w.session.peer, m)
		}
	}
}

// tellEnd sends the end of a task to its watchers. The result is at hand, unless it
// was written apart.
func (b *Broker) tellEnd(now Instant, t *task, result []byte, apart bool) {
	for _, w := range t.watchers {
		w.session.watching--
		if w.session.gone || w.quiet {
			continue
		}
		m := endedMessage(&t.Task)
		switch {
		case !b.keepTelling(now, w.session, m, t.ResultSize):
		case apart:
			b.sendLoaded(w.session.peer, m, LoadResult, t.ID)
		case len(result) > 0:
			whole := *m
			whole.Result = result
			b.send(w.session.peer, &whole)
		default:
			b.send(w.session.peer, m)
		}
	}
	clear(t.watchers)
	t.watchers = t.watchers[:0]
}

// tellPast sends the end of a task that ended earlier. Its result is in the
// journal.
func (b *Broker) tellPast(now Instant, s *session, t *journal.Task) {
	m := endedMessage(t)
	if b.keepTelling(now, s, m, t.ResultSize) {
		b.sendEnded(s, m, t.ResultSize)
	}
}

func endedMessage(t *journal.Task) *wire.Ended {
	return &wire.Ended{
		Ref: wire.Ref{Task: t.ID, Attempt: t.Attempt}, State: t.State, Reason: t.Reason,
		Text: t.Text, Class: t.Class, Worker: t.Worker, Key: t.Spec.Key, Target: t.Spec.Target,
	}
}

// keepTelling books an end until the session acknowledges it. A session that
// lets too many pile up is closed: its client finds out with its next word,
// and asks for what it waits for. One that is asked for while it is on its way is sent
// again when it has arrived: a client may not have known then what it was the end of. It
// tells whether the end is to be sent now.
func (b *Broker) keepTelling(now Instant, s *session, m *wire.Ended, size int) bool {
	switch e := s.told[m.Task]; {
	case s.gone || s.peer.Dialect == wire.Local:
	case e != nil && s.acks() && !e.lost:
		e.again = !e.later
		return false
	case e != nil: // nobody will say that it has arrived
	case len(s.told) >= unackedMax:
		b.closeSession(s)
	default:
		return b.book(now, s, m, size)
	}
	return s.connected
}

// book keeps an end until it is acknowledged. One that would bring too many
// bytes on their way waits for others to arrive: what a client doesn't read
// lies in the broker's memory.
func (b *Broker) book(now Instant, s *session, m *wire.Ended, size int) bool {
	e := &telling{ended: m, since: now.Mono, sent: now.Mono, size: size, open: true}
	if s.acks() && (len(s.later) > 0 || s.onWay > 0 && s.onWay+size > b.cfg.AckWindow) {
		s.postpone(e)
		return false
	}
	s.told[m.Task] = e
	s.onWay += size
	s.order = append(s.order, e)
	return s.connected
}

// postpone books an end that waits for others to arrive.
func (s *session) postpone(e *telling) {
	e.later = true
	s.told[e.ended.Task] = e
	s.later = append(s.later, e)
}

// tellLater sends what waited for other ends to arrive.
func (b *Broker) tellLater(now Instant, s *session) {
	for len(s.later) > 0 {
		e := s.later[0]
		if e.open && s.onWay > 0 && s.onWay+e.size > b.cfg.AckWindow {
			return
		}
		s.later = s.later[1:]
		if !e.open {
			s.struck--
			continue
		}
		e.later = false
		s.onWay += e.size
		b.sendBooked(now, s, e)
	}
}

// sendBooked sends an end that is in the book, with its result from the journal,
// and puts it last in the order of sending.
func (b *Broker) sendBooked(now Instant, s *session, e *telling) {
	e.sent, e.lost, e.again = now.Mono, false, false
	s.order = append(s.order, e)
	if s.connected {
		b.sendEnded(s, e.ended, e.size)
	}
}

// sendEnded sends an end whose result is in the journal, but for that of a member
// that never started: it has no row to have one.
func (b *Broker) sendEnded(s *session, m *wire.Ended, size int) {
	if m.Attempt == 0 && size == 0 && b.rowless(m.Task) {
		b.send(s.peer, m)
		return
	}
	b.sendLoaded(s.peer, m, LoadResult, m.Task)
}

// settle closes the book on an end, unless it was asked for again meanwhile.
func (s *session) settle(id journal.ID) {
	if e := s.told[id]; e != nil {
		s.strike(e)
		if e.again {
			s.postpone(&telling{ended: e.ended, since: e.since, size: e.size, open: true})
		}
	}
	for len(s.order) > 0 && !s.order[0].open {
		s.order = s.order[1:]
	}
}

// strike takes an end out of the book. Its place in the order stays, for who
// goes through that. Among those that wait it stays for a while: a client may
// acknowledge what it was not sent, and ask for that again, without end.
func (s *session) strike(e *telling) {
	e.open = false
	delete(s.told, e.ended.Task)
	if !e.later {
		s.onWay -= e.size
		return
	}
	if s.struck++; s.struck > len(s.later)/2 {
		s.later = slices.DeleteFunc(s.later, func(e *telling) bool { return !e.open })
		s.struck = 0
	}
}

// retellMax bounds the ends that are repeated at a time: each is read from the
// journal. The others follow with the next beat.
const retellMax = 4096

// retell repeats the ends that were sent no later than the given time and have
// not been acknowledged.
func (b *Broker) retell(now Instant, s *session, sent time.Duration) {
	repeated := 0
	for n := len(s.order); n > 0 && repeated < retellMax && s.connected; n-- {
		e := s.order[0]
		if e.open && e.sent > sent {
			return
		}
		s.order = s.order[1:]
		if e.open && b.repeat(now, s, e) {
			repeated++
		}
	}
}

// repeat sends an end again. A BCP/1 client can't acknowledge: what left has
// arrived, and what didn't is tried again for a while. It tells whether the end
// was sent.
func (b *Broker) repeat(now Instant, s *session, e *telling) bool {
	if !s.acks() && (!e.lost || now.Mono-e.since > bcp1Patience) {
		s.strike(e)
		return false
	}
	b.sendBooked(now, s, e)
	return true
}

// endedAck takes in that an end has arrived.
func (b *Broker) endedAck(now Instant, from wire.Peer, m *wire.EndedAck) {
	if s := b.sessionOf(now, from, 0); s != nil {
		s.settle(m.Task)
		b.tellLater(now, s)
	}
}

// Pruned takes in that the result for a send is no longer in the journal, because its task
// has been kept long enough. The client is told that the task is forgotten instead of how
// it ended, again and again until it acknowledges that, if it can.
func (b *Broker) Pruned(s Send) {
	b.instead(s, &wire.Refuse{Code: wire.CodeGone, Text: s.Task.String()})
}

// Damaged takes in that the result for a send is damaged in the journal. The client is told
// so, in the same way as by Pruned, and how the task ended.
func (b *Broker) Damaged(s Send) {
	text := s.Task.String() + ": its result is damaged in the journal"
	if m, ok := s.Msg.(*wire.Ended); ok {
		text += "; it ended as " + m.State.String()
	}
	b.instead(s, &wire.Refuse{Code: wire.CodeDamaged, Text: text})
}

// instead refuses an end that can't be told.
func (b *Broker) instead(s Send, no *wire.Refuse) {
	if c := b.sessionsByPeer[s.To]; c != nil && !c.acks() {
		c.settle(s.Task)
	}
	if m, ok := s.Msg.(*wire.Ended); ok {
		no.Key, no.Target = m.Key, m.Target
	}
	b.refuse(s.To, no)
}
