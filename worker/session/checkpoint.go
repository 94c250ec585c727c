package session

import (
	"time"

	"bcp/broker/wire"
)

// saveEvery is how often a checkpoint that nobody waits for is sent at most: each
// one takes a sync of the broker's disk.
const saveEvery = 250 * time.Millisecond

// saving is what an attempt wants to have saved. One checkpoint is on its way at
// a time; of those that are saved meanwhile the latest counts. Once sent they do
// not change.
//
//	Save ---> next ---> flight ---> CheckpointAck: Effects.Saves
//	          (latest)  (sent again until acknowledged)
type saving struct {
	last   uint32 // number of the last one
	flight *wire.Checkpoint
	next   *wire.Checkpoint
	sent   time.Duration // when flight was last sent
	after  time.Duration // when next may follow
}

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
	a := s.table.byRef[ref]
	if a == nil || a.phase == wire.PhaseEnded {
		return 0
	}
	a.saving.last++
	a.saving.next = &wire.Checkpoint{Ref: ref, Seq: a.saving.last, State: state}
	if !soon {
		a.saving.after = now
	}
	s.saveNext(now, a)
	return a.saving.last
}

// saveNext sends the next checkpoint if the one before is acknowledged and it is
// time.
func (s *Session) saveNext(now time.Duration, a *attempt) {
	switch {
	case a.saving.flight != nil || a.saving.next == nil:
	case now < a.saving.after:
		s.tellAt = earlier(s.tellAt, a.saving.after)
	default:
		a.saving.flight, a.saving.next, a.saving.after = a.saving.next, nil, now+saveEvery
		s.sendSave(now, a)
	}
}

// sendSave sends the checkpoint that is not acknowledged, and notes when to send
// it again.
func (s *Session) sendSave(now time.Duration, a *attempt) {
	if s.link != linkRegistered || a.saving.flight == nil {
		return // it is sent with the next Welcome
	}
	a.saving.sent = now
	s.resendAt = earlier(s.resendAt, now+s.cfg.ResendEvery)
	s.send(a.saving.flight)
}

// saved takes in an acknowledgement, of this checkpoint or an earlier one.
func (s *Session) saved(now time.Duration, m *wire.CheckpointAck) {
	a := s.table.byRef[m.Ref]
	if a == nil {
		return
	}
	s.out.Saves = append(s.out.Saves, Saved{Ref: m.Ref, Seq: m.Seq})
	if a.saving.flight != nil && m.Seq >= a.saving.flight.Seq {
		a.saving.flight = nil
		s.saveNext(now, a)
	}
}

// dropSaves gives up what an attempt wants to have saved: it is not the current
// one.
func (s *Session) dropSaves(a *attempt) {
	if a.saving.last > 0 {
		a.saving.flight, a.saving.next = nil, nil
		s.out.Saves = append(s.out.Saves, Saved{Ref: a.ref(), Seq: a.saving.last, Failed: true})
	}
}
