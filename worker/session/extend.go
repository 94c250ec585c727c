package session

import (
	"slices"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// extendable are the options of the errands that change a time-out.
var extendable = [errands]uint8{
	errandRun: journal.OptionRunTimeout, errandSilence: journal.OptionSilenceTimeout, errandLife: journal.OptionLifeTimeout,
}

// Extended tells that a time-out is changed, or why it is not.
type Extended struct {
	wire.Ref
	Option uint8
	Seq    uint32 // that Extend returned, and all before
	Code   wire.Code
	Text   string // why it is not, if Code is not 0
	Stale  bool   // it is not, for the attempt is not the current one
}

// Extend takes in that so much of a time-out shall be left, 0 for no limit, and
// returns its number; 0 for an attempt that is over. The option is one of
// journal.Extendable. With soon nobody waits for it, and it may wait for its turn.
func (s *Session) Extend(now time.Duration, m *wire.Extend, soon bool) uint32 {
	e := s.errand(m.Ref, slices.Index(extendable[:], m.Option))
	if e == nil {
		return 0
	}
	m.Seq = e.number()
	s.entrust(now, e, m, soon)
	return m.Seq
}

// extended takes in the broker's answer.
func (s *Session) extended(now time.Duration, m *wire.ExtendAck) {
	a := s.table.get(m.Ref)
	if a == nil || a.wants == nil {
		return
	}
	s.out.Extended = append(s.out.Extended, Extended{Ref: m.Ref, Option: m.Option, Seq: m.Seq, Code: m.Code, Text: m.Text})
	s.acknowledge(now, &a.wants[slices.Index(extendable[:], m.Option)], m.Seq)
}

// extendLast sends what still waits to be changed, once, before the outcome: the
// broker hears of an attempt that is over no more, and nobody waits for its answers.
func (s *Session) extendLast(a *attempt) {
	for i := range a.wants {
		if i == errandSave {
			continue // it matters to the next attempt, and goes again with the outcome
		}
		e := &a.wants[i]
		if e.next != nil && s.link == linkRegistered {
			s.send(e.next)
		}
		e.flight, e.next = nil, nil
	}
}
