package server

import (
	"slices"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// parcel is a dispatch with a large body.
type parcel struct {
	wire.Ref
	seq  uint64
	size int
}

// fits tells whether a dispatch may be on its way to its worker beside what is, and
// counts it if it is large: one always may.
func (s *Server) fits(to wire.Peer, d *wire.Dispatch, blob journal.Blob) bool {
	size := max(len(d.Body), blob.Size)
	if size < parcelMin {
		return true
	}
	l := s.lane(to)
	if l.bytes > 0 && l.bytes+size > s.cfg.WindowBytes {
		return false
	}
	l.sent = append(l.sent, parcel{Ref: d.Ref, seq: d.Seq, size: size})
	l.bytes += size
	return true
}

// confirm takes in what a worker says that it has, and sends it more.
func (s *Server) confirm(from wire.Peer, m wire.Message) {
	l := s.lanes[from]
	if l == nil {
		return
	}
	switch m := m.(type) {
	case *wire.Begun:
		l.arrived(func(p *parcel) bool { return p.Ref == m.Ref })
	case *wire.Outcome:
		l.arrived(func(p *parcel) bool { return p.Ref == m.Ref })
	case *wire.WorkerBeat:
		l.arrived(func(p *parcel) bool { return p.seq <= m.Seen })
	default:
		return
	}
	s.move(from, l)
}

// register gives the core a registration. If the worker is welcome, all that it still
// wants is told again, and nothing waits for it in its lane.
func (s *Server) register(now broker.Instant, from wire.Peer, m *wire.Register) {
	s.gather() // so that what follows is of this message alone
	s.core.Step(now, from, m)
	effects := s.core.Take()
	welcome := slices.ContainsFunc(effects.Sends, func(send broker.Send) bool {
		_, ok := send.Msg.(*wire.Welcome)
		return ok && send.To == from
	})
	if l := s.lanes[from]; l != nil && welcome {
		l.arrived(func(*parcel) bool { return true })
		l.waiting = nil
		clear(l.known)
		s.settleLane(from, l)
	}
	s.absorb(effects)
}

func (l *lane) arrived(has func(*parcel) bool) {
	rest := l.sent[:0]
	for i := range l.sent {
		if p := &l.sent[i]; has(p) {
			l.bytes -= p.size
		} else {
			rest = append(rest, *p)
		}
	}
	l.sent = rest
}
