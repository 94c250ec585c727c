package session

import (
	"fmt"
	"time"

	"bcp/broker/wire"
)

// Ended takes in the owner's word that an attempt is over and all of it gone. The
// verdict is not one of those that answer the broker: stopped, returned, unknown.
// A failure after a stop is reported as what the stop was for; a success is a
// success.
func (s *Session) Ended(now time.Duration, o wire.Outcome) {
	a := s.table.get(o.Ref)
	if a == nil || a.phase == wire.PhaseEnded {
		return
	}
	if a.stopped != 0 && o.Verdict != wire.VerdictDone {
		o.Verdict, o.Class = a.stopped, "" // its sort is that it was stopped
	}
	s.end(now, a, o)
}

// end decides the outcome, once, and sends it.
func (s *Session) end(now time.Duration, a *attempt, o wire.Outcome) {
	s.release(a)
	s.table.active--
	if a.word.untold {
		s.tellProgress(now, a)
	}
	a.word = word{}
	s.extendLast(a)
	a.phase = wire.PhaseEnded
	a.outcome = o
	a.outcome.Ref = a.ref()
	s.sendOutcome(now, a)
}

// release gives the attempt's slot free, once.
func (s *Session) release(a *attempt) {
	if a.stopped == 0 {
		s.busy--
	}
}

// sendOutcome sends the outcome and notes when to send it again.
func (s *Session) sendOutcome(now time.Duration, a *attempt) {
	if s.link != linkRegistered {
		return // it is sent with the next Welcome
	}
	if len(a.outcome.Payload) > s.bodyMax {
		s.failTooLarge(a)
	}
	s.sent(now, &a.sent)
	s.saveLast(now, a)
	s.send(&a.outcome)
}

// failTooLarge turns a result that the broker would refuse, again and again,
// into a failure that it takes.
func (s *Session) failTooLarge(a *attempt) {
	a.outcome = wire.Outcome{
		Ref: a.ref(), Verdict: wire.VerdictFailed,
		Text: fmt.Sprintf("result has %d bytes: the broker accepts %d", len(a.outcome.Payload), s.bodyMax),
	}
}

// acknowledged forgets an attempt that has ended. An acknowledgement of one
// that runs is for an outcome that this worker never sent.
func (s *Session) acknowledged(m *wire.OutcomeAck) {
	if a := s.table.get(m.Ref); a != nil && a.phase == wire.PhaseEnded {
		s.table.remove(a)
	}
}

// tell says where the attempt stands, and that it was started: the broker may
// have missed that.
func (s *Session) tell(now time.Duration, a *attempt) {
	if a.started {
		s.answer(&a.begun)
	}
	if a.phase == wire.PhaseEnded {
		s.sendOutcome(now, a)
	}
}

// repeat tells where every attempt stands: what was said over an earlier
// connection may have been lost with it, and a new broker knows no progress.
func (s *Session) repeat(now time.Duration) {
	for _, a := range s.table.list {
		s.tell(now, a)
		s.tellProgress(now, a)
		if a.phase != wire.PhaseEnded {
			for i := range a.wants {
				s.sendAgain(now, &a.wants[i])
			}
		}
	}
}
