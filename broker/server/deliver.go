package server

import (
	"errors"
	"fmt"

	"bcp/broker"
	"bcp/broker/answer"
	"bcp/broker/wire"
	"bcp/broker/zmq"
)

// deliver performs the sends, in order. The core takes back what doesn't leave;
// an error is one of the socket.
func (s *Server) deliver(sends []broker.Send) error {
	for i := range sends {
		send := &sends[i]
		if answer.Fills(send) {
			s.fillLater(*send)
			continue
		}
		if len(s.lanes) > 0 && s.queue(send) {
			continue
		}
		wait, err := s.pass(send)
		if err != nil {
			return err
		}
		if wait {
			s.holdBack(s.lane(send.To), send)
		}
	}
	return s.flush()
}

func (s *Server) deliverOne(send *broker.Send, m wire.Message) error {
	if send.To.Dialect == wire.Local {
		s.post(*send, m)
		return nil
	}
	frames, err := s.out.Encode(send.To.Dialect, m)
	if err != nil {
		if !errors.Is(err, wire.ErrUnsaid) {
			s.log.Error("message cannot be encoded", "peer", send.To, "message", fmt.Sprintf("%T", m), "error", err)
		}
		return nil
	}
	defer s.out.Forget()
	return s.pack(send, frames)
}

// pack puts a message into its peer's bundle, or posts it if that takes none.
func (s *Server) pack(send *broker.Send, frames [][]byte) error {
	p := s.bundles.of(send.To)
	if p == nil {
		return s.mail(send.To.Route, frames, send)
	}
	if p.add(send, frames) {
		return nil
	}
	if err := s.mailBundle(p); err != nil {
		return err
	}
	if p.add(send, frames) {
		return nil
	}
	return s.mail(send.To.Route, frames, send)
}

// mail posts a message of these sends, or sends it if it is too large for that.
func (s *Server) mail(route string, frames [][]byte, sends ...*broker.Send) error {
	if s.router.Post(route, frames) {
		s.posted.add(sends)
		return nil
	}
	if err := s.push(); err != nil {
		return err
	}
	return s.undelivered(sends, s.router.Send(route, frames))
}

func (s *Server) mailBundle(p *bundle) error {
	if p.Empty() {
		return nil
	}
	defer p.reset()
	return s.mail(p.to.Route, [][]byte{p.Frame()}, p.sends...)
}

// flush sends what is in bundles, and what was posted.
func (s *Server) flush() (err error) {
	s.loaded = wire.Dispatch{}
	for _, p := range s.bundles.open {
		err = errors.Join(err, s.mailBundle(p))
	}
	s.bundles.close()
	return errors.Join(err, s.push())
}

// push sends what was posted.
func (s *Server) push() (err error) {
	s.router.Flush(func(place int, why error) {
		err = errors.Join(err, s.undelivered(s.posted.of(place), why))
	})
	s.posted.reset()
	return err
}

// undelivered gives the sends of a message back to the core, if their peer is why it
// did not leave. It returns any other error.
func (s *Server) undelivered(sends []*broker.Send, err error) error {
	back := s.core.Undelivered
	switch {
	case errors.Is(err, zmq.ErrUnreachable):
		back = s.core.Unreachable
	case !errors.Is(err, zmq.ErrCongested):
		return err
	}
	for _, send := range sends {
		s.log.Debug("message not delivered", "peer", send.To, "error", err)
		back(s.now(), *send)
	}
	return nil
}

// post puts a message into the mailbox of an Ask, if it is still there.
func (s *Server) post(send broker.Send, m wire.Message) {
	if box := s.locals[send.To.Route]; box == nil || !box.put(m) {
		s.core.Undelivered(s.now(), send)
	}
}
