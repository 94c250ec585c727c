package session

import (
	"time"

	"bcp/broker/wire"
)

// Drain tells the broker that the worker wants no more. What runs goes on;
// what is dispatched nevertheless is handed back.
func (s *Session) Drain(now time.Duration) {
	if s.draining {
		return
	}
	s.draining = true
	if s.link == linkRegistered {
		s.beat(now)
	}
}

// HandBack stops what runs, so that each attempt is reported as returned when
// all of it is gone. A second call may shorten the grace.
func (s *Session) HandBack(grace time.Duration) {
	s.stopAll(wire.VerdictReturned, grace)
}

// Leave says farewell and closes the session. What is not acknowledged then is
// for the broker to resolve.
func (s *Session) Leave() {
	if s.link == linkRegistered {
		s.send(&wire.Leave{})
	}
	s.link = linkClosed
}
