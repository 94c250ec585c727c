package session

import (
	"time"

	"bcp/broker/wire"
)

// errand is something of one sort that an attempt wants the broker to do: save a
// state, or change a time-out. One message is on its way at a time; of those that
// come meanwhile the latest counts. Once sent they do not change.
//
//	entrust ---> next ---> flight ---> the acknowledgement
//	             (latest)  (sent again until then)
type errand struct {
	last         uint32       // number of the last message
	flight, next wire.Message // nil for none
	flightSeq    uint32
	sent         sending       // flight's
	after        time.Duration // when next may follow
}

// errandEvery is how often something that nobody waits for is sent at most: each
// takes a sync of the broker's disk.
const errandEvery = 250 * time.Millisecond

// The errands of an attempt.
const (
	errandSave = iota
	errandRun
	errandSilence
	errandLife
	errands // how many there are
)

// number returns the number of the errand's next message.
func (e *errand) number() uint32 {
	e.last++
	return e.last
}

// entrust takes in a message that has just been numbered. With soon nobody waits
// for it, and it may wait for its turn.
func (s *Session) entrust(now time.Duration, e *errand, m wire.Message, soon bool) {
	e.next = m
	if !soon {
		e.after = now
	}
	s.sendNext(now, e)
}

// sendNext sends the next message if the one before is acknowledged and it is time.
func (s *Session) sendNext(now time.Duration, e *errand) {
	switch {
	case e.flight != nil || e.next == nil:
	case now < e.after:
		s.tellAt = earlier(s.tellAt, e.after)
	default:
		e.flight, e.flightSeq, e.next, e.after = e.next, e.last, nil, now+errandEvery
		s.sendAgain(now, e)
	}
}

// sendAgain sends what is not acknowledged, and notes when to do so again.
func (s *Session) sendAgain(now time.Duration, e *errand) {
	if s.link != linkRegistered || e.flight == nil {
		return // it is sent with the next Welcome
	}
	s.sent(now, &e.sent)
	s.send(e.flight)
}

// acknowledge takes in that the message of a number, and all before, are done with.
func (s *Session) acknowledge(now time.Duration, e *errand, seq uint32) {
	if e.flight != nil && seq >= e.flightSeq {
		e.flight = nil
		s.sendNext(now, e)
	}
}

// errand returns one of the attempt's; nil for an attempt that is over.
func (s *Session) errand(ref wire.Ref, which int) *errand {
	a := s.table.get(ref)
	if a == nil || a.phase == wire.PhaseEnded {
		return nil
	}
	if a.wants == nil {
		a.wants = make([]errand, errands)
	}
	return &a.wants[which]
}
