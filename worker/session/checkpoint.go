package session

import (
	"time"

	"bcp/broker/wire"
)

// Saved tells that a checkpoint is durable, or a later one of its attempt; or
// that it will not be, for the attempt is not the current one.
type Saved struct {
	wire.Ref
	Seq    uint32 // that Save returned, and all before
	Failed bool
}

// Save takes in a state that the attempt saves for the next one, and returns its
// number; 0 for an attempt that is over. The session owns the state from here on.
// With soon nobody waits for it, and it may wait for its turn; at the latest it is
// sent before the outcome.
func (s *Session) Save(now time.Duration, ref wire.Ref, state []byte, soon bool) uint32 {
	e := s.errand(ref, errandSave)
	if e == nil {
		return 0
	}
	m := &wire.Checkpoint{Ref: ref, Seq: e.number(), State: state}
	s.entrust(now, e, m, soon)
	return m.Seq
}

// saved takes in an acknowledgement, of the last checkpoint or an earlier one.
func (s *Session) saved(now time.Duration, m *wire.CheckpointAck) {
	a := s.table.get(m.Ref)
	if a == nil || a.wants == nil {
		return
	}
	s.out.Saves = append(s.out.Saves, Saved{Ref: m.Ref, Seq: m.Seq})
	s.acknowledge(now, &a.wants[errandSave], m.Seq)
}

// saveLast sends before the outcome what is still to be saved: after it, it would
// come too late. The other errands are done with by now: see extendLast.
func (s *Session) saveLast(now time.Duration, a *attempt) {
	if a.wants == nil {
		return
	}
	save := &a.wants[errandSave]
	if save.next != nil {
		save.flight, save.flightSeq, save.next = save.next, save.last, nil
	}
	s.sendAgain(now, save)
}

// giveUp drops what an attempt wants that is not the task's current one.
func (s *Session) giveUp(a *attempt) {
	for i := range a.wants {
		e := &a.wants[i]
		e.flight, e.next = nil, nil
		switch {
		case e.last == 0:
		case i == errandSave:
			s.out.Saves = append(s.out.Saves, Saved{Ref: a.ref(), Seq: e.last, Failed: true})
		default:
			s.out.Extended = append(s.out.Extended, Extended{Ref: a.ref(), Option: extendable[i], Seq: e.last, Stale: true})
		}
	}
}
