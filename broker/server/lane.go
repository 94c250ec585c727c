package server

import (
	"context"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// What is sent to a peer leaves in order, and the loop waits neither for a large
// payload to be read nor for a peer to take one in: then what follows for that peer
// waits in its lane, but for beats and the broker's Leave. Others don't.
//
//	DISPATCH 16 MiB ---> Store.Body, beside the loop ---> Router
//	   STOP         ---> lane ......................---> Router
//	   BEAT         ---> Router
//
// A worker is sent only so many bytes ahead of what it is known to have: they lie in
// the broker's memory until it reads. In the lane a send has no payload yet.
type lane struct {
	waiting []broker.Send
	known   map[said]bool // dispatches and ends in the lane: once is enough, but for renew
	reading bool          // the payload of the one before
	sent    []parcel      // on their way to a worker, in the order of sending
	bytes   int           // in those
}

// said tells a dispatch or an end of an attempt from others.
type said struct {
	wire.Ref
	ended bool
}

// saidBy returns what a send says of an attempt; false for what may be said twice.
func saidBy(m wire.Message) (said, bool) {
	switch m := m.(type) {
	case *wire.Dispatch:
		return said{Ref: m.Ref}, true
	case *wire.Ended:
		return endOf(m.Task), true
	}
	return said{}, false
}

// endOf is the end of a task, which is one, whatever attempt it names.
func endOf(id journal.ID) said { return said{Ref: wire.Ref{Task: id}, ended: true} }

// renew takes in an answer after which a client waits for ends, also for those that it
// is told before.
func (l *lane) renew(m wire.Message) {
	switch m := m.(type) {
	case *wire.Accepted:
		delete(l.known, endOf(m.Task))
	case *wire.BatchAccepted:
		for i := range m.Accepted {
			delete(l.known, endOf(m.Accepted[i].Task))
		}
	}
}

// overtakes tells whether a message is not one of those that have an order.
func overtakes(m wire.Message) bool {
	_, leaves := m.(*wire.Leave)
	return leaves || wire.IsBeat(m)
}

// lane returns the peer's, which is made if there is none.
func (s *Server) lane(peer wire.Peer) *lane {
	l := s.lanes[peer]
	if l == nil {
		l = &lane{known: make(map[said]bool)}
		s.lanes[peer] = l
	}
	return l
}

// queue lets a send wait for what is before it, and tells whether it has to.
func (s *Server) queue(send *broker.Send) bool {
	l := s.lanes[send.To]
	if l == nil || !l.reading && len(l.waiting) == 0 || overtakes(send.Msg) {
		return false
	}
	if len(l.waiting) >= laneMax {
		s.core.Undelivered(s.now(), *send)
		return true
	}
	s.holdBack(l, send)
	return true
}

// holdBack puts a send into its peer's lane.
func (s *Server) holdBack(l *lane, send *broker.Send) {
	if l.put(send) {
		s.core.HeldBack(s.now(), *send)
	}
}

// put tells whether the send was not in the lane yet.
func (l *lane) put(send *broker.Send) bool {
	l.renew(send.Msg)
	what, once := saidBy(send.Msg)
	if once && l.known[what] {
		return false
	}
	if once {
		l.known[what] = true
	}
	l.waiting = append(l.waiting, *send)
	return true
}

// take takes the first send out of the lane.
func (l *lane) take() broker.Send {
	send := l.waiting[0]
	l.waiting[0] = broker.Send{}
	l.waiting = l.waiting[1:]
	return send
}

func (l *lane) forget(m wire.Message) {
	if what, once := saidBy(m); once {
		delete(l.known, what)
	}
}

// pass sends what has its turn, or has its payload read for that. It tells whether
// it has to wait until the worker has taken in others.
func (s *Server) pass(send *broker.Send) (wait bool, err error) {
	m, blob, err := s.load(send, false, &s.loaded)
	if err != nil {
		s.unreadable(*send, err)
		return false, nil
	}
	if d, ok := m.(*wire.Dispatch); ok {
		if !s.fits(send.To, d, blob) {
			return true, nil
		}
		s.bodies.spend(d, s.cfg.BlobMin)
	}
	if !blob.IsZero() {
		s.readFor(*send)
		return false, nil
	}
	return false, s.deliverOne(send, m)
}

// readFor reads the payload of a send beside the loop.
func (s *Server) readFor(send broker.Send) {
	l := s.lane(send.To)
	l.reading = true
	if what, once := saidBy(send.Msg); once {
		l.known[what] = true
	}
	s.core.HeldBack(s.now(), send)
	s.beside.Go(func() {
		s.readTurns <- struct{}{}
		var m wire.Message
		err := s.patiently(func() (err error) {
			m, _, err = s.load(&send, true, new(wire.Dispatch))
			return err
		})
		// Without a loop there is nobody to be told.
		_ = s.do(context.Background(), func() { s.readOut(l, send, m, err) })
		<-s.readTurns // what was read is in the loop's hands
	})
}

// readOut sends what has been read, and what has waited for it.
func (s *Server) readOut(l *lane, send broker.Send, m wire.Message, err error) {
	if s.lanes[send.To] != l { // its peer has gone meanwhile, and may be back
		s.core.Dropped(s.now(), send)
		return
	}
	l.reading = false
	l.forget(send.Msg)
	if err != nil {
		what, _ := saidBy(send.Msg)
		l.arrived(func(p *parcel) bool { return p.Ref == what.Ref }) // it never will
		s.unreadable(send, err)
	} else {
		s.core.PassedOn(s.now(), send)
		s.fail(s.deliverOne(&send, m))
	}
	s.move(send.To, l)
}

// move sends what waits in a lane, as far as that goes.
func (s *Server) move(to wire.Peer, l *lane) {
	for len(l.waiting) > 0 && !l.reading {
		send := l.waiting[0]
		wait, err := s.pass(&send)
		s.fail(err)
		if wait {
			break
		}
		l.take()
		if !l.reading {
			l.forget(send.Msg)
			s.core.PassedOn(s.now(), send)
		}
	}
	s.fail(s.flush())
	s.settleLane(to, l)
}

// settleLane forgets a lane that nothing is in.
func (s *Server) settleLane(to wire.Peer, l *lane) {
	if len(l.waiting) == 0 && !l.reading && l.bytes == 0 {
		delete(s.lanes, to)
	}
}

// sweepLanes forgets the lanes of peers that are gone. A worker that can't say that
// it doesn't have an attempt is not waited for.
func (s *Server) sweepLanes() {
	for peer, l := range s.lanes {
		if s.core.Knows(peer) {
			continue
		}
		delete(s.lanes, peer)
		for _, send := range l.waiting {
			s.core.Dropped(s.now(), send)
		}
	}
}

// fail has the loop end with an error of the socket.
func (s *Server) fail(err error) {
	if s.broken == nil {
		s.broken = err
	}
}
