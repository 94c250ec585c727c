package server

import (
	"errors"
	"fmt"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// load returns the message of a send with its payload. The core's own message
// stays as it is: it may be sent again, and shall not hold a payload until then.
func (s *Server) load(send broker.Send) (wire.Message, error) {
	switch m := send.Msg.(type) {
	case *wire.Dispatch:
		return s.loadAttempt(send, *m)
	case *wire.Ended:
		if send.Load == broker.LoadResult {
			loaded, err := *m, error(nil)
			loaded.Result, err = s.store.Result(send.Task)
			return &loaded, err
		}
	}
	return send.Msg, nil
}

// loadAttempt returns a dispatch with what the attempt is given.
func (s *Server) loadAttempt(send broker.Send, m wire.Dispatch) (_ wire.Message, err error) {
	if m.Body, err = s.body(m.BodyOf()); err == nil && send.Load == broker.LoadAttempt {
		m.Checkpoint, err = s.store.Checkpoint(send.Task)
	}
	return &m, err
}

func (s *Server) body(id journal.ID) ([]byte, error) {
	if body, ok := s.bodies.get(id); ok {
		return body, nil
	}
	return s.store.Body(id)
}

// unreadable handles a send whose payload is not to be had from the journal. The
// worker would wait for ever for a dispatch without a body, so the attempt is
// given up on its behalf. An end that has been pruned meanwhile is told as such;
// one that cannot be read is repeated by the core of its own accord.
func (s *Server) unreadable(send broker.Send, err error) {
	if send.Load == broker.LoadResult && errors.Is(err, journal.ErrNotFound) {
		s.core.Pruned(send)
		return
	}
	s.log.Error("payload cannot be read from the journal", "task", send.Task, "error", err)
	if m, ok := send.Msg.(*wire.Dispatch); ok {
		s.core.Step(s.now(), send.To, &wire.Outcome{
			Ref: m.Ref, Verdict: wire.VerdictRefused,
			Text: fmt.Sprintf("the broker cannot read what the attempt is to be given: %v", err),
		})
	}
}
