package session

import (
	"time"

	"bcp/broker/wire"
)

// sending is when something was sent that is sent again until it is acknowledged.
type sending struct {
	at   time.Duration // when it was last sent or, if it is known to have left since, when that was known
	left bool          // there was congestion when it was sent, or later, and it has left since
}

// sent notes that something is sent now, and when it is due again.
func (s *Session) sent(now time.Duration, m *sending) {
	*m = sending{at: now}
	s.resendAt = earlier(s.resendAt, s.dueAgain(m))
}

// dueAgain returns when something has waited for its acknowledgement for long.
func (s *Session) dueAgain(m *sending) time.Duration { return m.at + s.cfg.ResendEvery }

// Congested tells whether much of what was sent waits to leave this process. As long as it
// does, nothing is sent again for a late answer: that would only make the wait longer. When it
// has left, it is due as if it was sent then; but once only, so that a line that is congested
// again and again puts nothing off for ever.
func (s *Session) Congested(now time.Duration, is bool) {
	if s.congested && !is {
		s.allLeft(now)
	}
	s.congested = is
}

// allLeft takes in that all that was sent has left by now.
func (s *Session) allLeft(now time.Duration) {
	s.resendAt = 0
	for _, a := range s.table.list {
		if a.phase == wire.PhaseEnded {
			s.left(now, &a.sent)
			continue
		}
		for i := range a.wants {
			if e := &a.wants[i]; e.flight != nil {
				s.left(now, &e.sent)
			}
		}
	}
}

// left has the acknowledgement of something waited for from now on, unless it was known
// before that it had left.
func (s *Session) left(now time.Duration, m *sending) {
	if !m.left {
		*m = sending{at: now, left: true}
	}
	s.resendAt = earlier(s.resendAt, s.dueAgain(m))
}

// resendIfDue sends again what has waited for its acknowledgement for long, and
// notes when the next will have.
func (s *Session) resendIfDue(now time.Duration) {
	if s.resendAt == 0 || now < s.resendAt || s.congested {
		return
	}
	s.resendAt = 0
	for _, a := range s.table.list {
		switch {
		case a.phase != wire.PhaseEnded:
			s.resendErrands(now, a)
		case now >= s.dueAgain(&a.sent):
			s.sendOutcome(now, a)
		default:
			s.resendAt = earlier(s.resendAt, s.dueAgain(&a.sent))
		}
	}
}

// resendErrands does the same for what an attempt wants.
func (s *Session) resendErrands(now time.Duration, a *attempt) {
	for i := range a.wants {
		switch e := &a.wants[i]; {
		case e.flight == nil:
		case now >= s.dueAgain(&e.sent):
			s.sendAgain(now, e)
		default:
			s.resendAt = earlier(s.resendAt, s.dueAgain(&e.sent))
		}
	}
}
