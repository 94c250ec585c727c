package session

import (
	"time"

	"bcp/broker/wire"
)

// greet asks the broker for a session on this connection.
func (s *Session) greet(now time.Duration) {
	s.state = greeting
	s.beatDue = now + s.heartbeat
	s.send(&wire.Hello{Session: s.cfg.Name})
}

// pulse says that this client lives, or asks once more for a session.
func (s *Session) pulse(now time.Duration) {
	if s.state == greeting {
		s.greet(now)
		return
	}
	s.beatDue = now + s.heartbeat
	s.send(&wire.Beat{})
}

// beat answers only a Beat that asks for it, or two sides would answer each
// other for ever. The client's own heartbeat says the same without being asked.
func (s *Session) beat(m *wire.Beat) {
	if m.Ask && s.state == open {
		s.send(&wire.Beat{})
	}
}

// welcome opens the connection and sends what has no answer yet. A broker that
// has forgotten the session doesn't know whom to tell of its tasks' ends.
func (s *Session) welcome(now time.Duration, m *wire.Welcome) {
	forgotten := !m.Resumed || m.Epoch != s.epoch || m.Broker != s.broker
	s.state, s.broker, s.epoch = open, m.Broker, m.Epoch
	s.take(m)
	s.beatDue = now + s.heartbeat
	s.emit(nil, m)
	s.resendAll(now, &s.resends)
	if forgotten {
		s.askForAll(now)
	} else {
		s.resendAll(now, &s.waits)
	}
}

// leave takes in that the broker stops. Its successor is greeted with the next
// heartbeat, for this one wouldn't answer.
func (s *Session) leave(now time.Duration) {
	if s.state != open {
		return
	}
	s.state = greeting
	s.beatDue = now + s.heartbeat
}

// refuse takes in that the broker didn't do what it was asked. A broker that
// stops, or that doesn't know the session, may do it yet: the request is kept. One
// that doesn't know it may have given it to another client, who was told of ends
// meanwhile: all are asked for, as after a restart.
func (s *Session) refuse(now time.Duration, m *wire.Refuse) {
	switch {
	case m.Code == wire.CodeUnknownPeer:
		if s.state == open {
			s.epoch = 0
			s.greet(now)
		}
	case m.Code == wire.CodeStopping:
		s.leave(now)
	case s.unanswered[m.Req] != nil:
		s.answer(m.Req, m)
	case m.Code == wire.CodeUnknownTask || m.Code == wire.CodeGone || m.Code == wire.CodeDamaged:
		s.unknownTask(m)
	case m.Req == 0:
		s.emit(nil, m)
	}
}
