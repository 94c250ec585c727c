package session

import (
	"cmp"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// stop ends an attempt on the broker's word. One that is unknown is answered
// at once, and will not be run if its dispatch is still on the way; one that
// has ended is answered with its outcome.
func (s *Session) stop(now time.Duration, m *wire.Stop) {
	a := s.table.get(m.Ref)
	if a != nil && m.Reason == journal.ReasonNone {
		s.giveUp(a)
	}
	switch {
	case a == nil:
		s.fence.admit(m.Ref)
		s.answer(&wire.Outcome{Ref: m.Ref, Verdict: wire.VerdictUnknown})
	case a.phase == wire.PhaseEnded:
		s.sendOutcome(now, a)
	case a.stopped == wire.VerdictStopped: // the broker repeats itself; the order stands
	default:
		s.order(a, wire.VerdictStopped, s.grace(m))
	}
}

func (s *Session) grace(m *wire.Stop) time.Duration {
	if m.GraceMS > 0 {
		return time.Duration(m.GraceMS) * time.Millisecond
	}
	return s.cfg.Grace
}

// order has the owner stop an attempt. Its slot does not count against new
// dispatches from here on: the broker gives a slot away when it knows that it
// is free, and an attempt that it did not know of must not fail another.
func (s *Session) order(a *attempt, v wire.Verdict, grace time.Duration) {
	s.release(a)
	a.stopped = v
	s.out.Stops = append(s.out.Stops, StopOrder{Ref: a.ref(), Grace: grace})
}

// stopAll stops everything that runs. What the broker has stopped before keeps
// its verdict.
func (s *Session) stopAll(v wire.Verdict, grace time.Duration) {
	for _, a := range s.table.list {
		if a.phase != wire.PhaseEnded {
			s.order(a, cmp.Or(a.stopped, v), grace)
		}
	}
}
