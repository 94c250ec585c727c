package server

import (
	"errors"
	"fmt"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/broker/zmq"
)

// deliver performs the sends, in order. The core takes back what doesn't leave;
// an error is one of the socket.
func (s *Server) deliver(sends []broker.Send) error {
	for i := range sends {
		send := &sends[i]
		if send.Load == broker.LoadFound {
			s.find(*send)
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
			s.lane(send.To).put(send)
		}
	}
	return s.flush()
}

func (s *Server) deliverOne(send *broker.Send, m wire.Message) error {
	if send.To.Dialect == wire.Local {
		s.post(*send, m)
		return nil
	}
	frames, err := wire.Encode(s.out, send.To.Dialect, m)
	if err != nil {
		if !errors.Is(err, wire.ErrUnsaid) {
			s.log.Error("message cannot be encoded", "peer", send.To, "message", fmt.Sprintf("%T", m), "error", err)
		}
		return nil
	}
	s.out = frames
	defer clear(frames)
	if s.router.Post(send.To.Route, frames) {
		s.posted = append(s.posted, send)
		return nil
	}
	if err := s.flush(); err != nil {
		return err
	}
	return s.undelivered(send, s.router.Send(send.To.Route, frames))
}

// flush sends what was posted.
func (s *Server) flush() (err error) {
	s.router.Flush(func(place int, why error) {
		err = errors.Join(err, s.undelivered(s.posted[place], why))
	})
	clear(s.posted)
	s.posted = s.posted[:0]
	return err
}

// undelivered gives a send back to the core, if its peer is why it did not leave.
// It returns any other error.
func (s *Server) undelivered(send *broker.Send, err error) error {
	if errors.Is(err, zmq.ErrUnreachable) || errors.Is(err, zmq.ErrCongested) {
		s.log.Debug("message not delivered", "peer", send.To, "error", err)
		s.core.Undelivered(s.now(), *send)
		return nil
	}
	return err
}

// post puts a message into the mailbox of an Ask, if it is still there.
func (s *Server) post(send broker.Send, m wire.Message) {
	if box := s.locals[send.To.Route]; box == nil || !box.put(m) {
		s.core.Undelivered(s.now(), send)
	}
}
