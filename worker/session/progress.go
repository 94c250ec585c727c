package session

import (
	"time"

	"bcp/broker/wire"
)

// progressEvery is how often an attempt's progress is told at most: people watch
// it, and one who says more would only keep the broker from its work. Of what is
// said meanwhile the last is told.
const progressEvery = 250 * time.Millisecond

// word is the last that an attempt said of its progress.
type word struct {
	progress *wire.Progress // nil for none; once sent it does not change
	untold   bool
	next     time.Duration // when it may be told again
}

// Progress takes in the owner's word on how far the attempt is. It is told at
// once or, after another one, a little later; at the latest before the outcome.
// The session owns m from here on.
func (s *Session) Progress(now time.Duration, m *wire.Progress) {
	a := s.table.get(m.Ref)
	if a == nil || a.phase != wire.PhaseRunning {
		return
	}
	a.word.progress, a.word.untold = m, true
	if now >= a.word.next {
		s.tellProgress(now, a)
	} else {
		s.tellAt = earlier(s.tellAt, a.word.next)
	}
}

// tellProgress sends the attempt's last word, if there is a broker to hear it.
func (s *Session) tellProgress(now time.Duration, a *attempt) {
	if s.link != linkRegistered || a.word.progress == nil {
		return // it is told with the next Welcome
	}
	a.word.untold, a.word.next = false, now+progressEvery
	s.send(a.word.progress)
}

// tellIfDue sends the words, and what attempts want, that had to wait for their
// turn.
func (s *Session) tellIfDue(now time.Duration) {
	if s.tellAt == 0 || now < s.tellAt {
		return
	}
	s.tellAt = 0
	for _, a := range s.table.list { // of one that has ended nothing waits
		for i := range a.wants {
			s.sendNext(now, &a.wants[i])
		}
		switch {
		case !a.word.untold:
		case now >= a.word.next:
			s.tellProgress(now, a)
		default:
			s.tellAt = earlier(s.tellAt, a.word.next)
		}
	}
}

// earlier returns the earlier of two times of which 0 means never.
func earlier(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
