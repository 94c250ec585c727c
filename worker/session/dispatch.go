package session

import (
	"fmt"
	"time"

	"bcp/broker/wire"
)

// dispatch takes an attempt in. One that is known is answered with what is
// known; one that comes late, after a later dispatch or a newer attempt of its
// task, is not run: the broker has been told, or will be by the next beat,
// that the worker does not have it.
func (s *Session) dispatch(now time.Duration, m *wire.Dispatch) {
	if a := s.table.get(m.Ref); a != nil {
		s.tell(now, a)
		return
	}
	late := m.Seq <= s.seen
	s.seen = max(s.seen, m.Seq)
	if late || !s.fence.admit(m.Ref) {
		return
	}
	s.take(now, m)
}

func (s *Session) take(now time.Duration, m *wire.Dispatch) {
	if s.table.full() {
		s.answer(&wire.Outcome{
			Ref: m.Ref, Verdict: wire.VerdictRefused,
			Text: fmt.Sprintf("%d attempts wait for their acknowledgement", len(s.table.list)),
		})
		return
	}
	a := s.table.add(m.Ref)
	s.busy++
	switch {
	case s.draining:
		s.end(now, a, wire.Outcome{Verdict: wire.VerdictReturned, Text: "the worker is draining"})
	case s.busy > s.cfg.Slots:
		s.end(now, a, wire.Outcome{Verdict: wire.VerdictRefused, Text: fmt.Sprintf("all %d slots are in use", s.cfg.Slots)})
	default:
		s.out.Starts = append(s.out.Starts, m)
	}
}

// Begun takes in the owner's word that the attempt runs.
func (s *Session) Begun(ref wire.Ref) {
	a := s.table.get(ref)
	if a == nil || a.phase != wire.PhaseTaken {
		return
	}
	a.phase, a.started = wire.PhaseRunning, true
	s.answer(&a.begun)
}

// answer sends a word about an attempt if the broker knows the worker. Else it
// is not lost: Register and repeat say what counts.
func (s *Session) answer(m wire.Message) {
	if s.link == linkRegistered {
		s.send(m)
	}
}
