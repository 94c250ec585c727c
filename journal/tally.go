package journal

import (
	"encoding/binary"
	"fmt"
)

// Tally is how the members of a group stand.
type Tally struct {
	Count uint32 // members
	Next  uint32 // position of the next member to start: all before it have rows
	Ahead uint32 // members from there on that have rows
	Out   uint32 // members with an attempt at a worker

	Done, Failed, Canceled uint32 // members that have ended, with a row or without

	// Rest is how the members ended that never got a row: Failed or Canceled, for
	// RestReason, at RestMS. It is 0 while they may still start.
	Rest       State
	RestReason Reason
	RestMS     uint64 // Unix milliseconds

	StartMS uint64 // when the first member was dispatched; 0 before
	Stopped uint32 // 1 once the rest was canceled because too many had failed
	Skipped uint32 // members of a broadcast that have ended because their workers were away
}

// Numbers are how many members of a group stand where: the result of a group that
// has ended, as JSON.
type Numbers struct {
	Members  uint32 `json:"members"`
	Waiting  uint32 `json:"waiting,omitempty"` // pending, with an attempt behind them or without
	Out      uint32 `json:"out,omitempty"`     // with an attempt at a worker
	Done     uint32 `json:"done"`
	Failed   uint32 `json:"failed"`
	Canceled uint32 `json:"canceled"`
	Skipped  uint32 `json:"skipped,omitempty"` // of a broadcast, as their workers were away
}

// Numbers returns where the members stand.
func (t *Tally) Numbers() Numbers {
	return Numbers{t.Count, t.waiting(), t.Out, t.Done, t.Failed, t.Canceled, t.Skipped}
}

// String writes the counts in words: 3 of 5 members done, 1 failed, 1 out.
func (c Numbers) String() string {
	b := fmt.Appendf(nil, "%d of %d members done", c.Done, c.Members)
	for _, part := range []struct {
		n    uint32
		what string
	}{{c.Failed, "failed"}, {c.Canceled, "canceled"}, {c.Skipped, "skipped"}, {c.Out, "out"}, {c.Waiting, "waiting"}} {
		if part.n > 0 {
			b = fmt.Appendf(b, ", %d %s", part.n, part.what)
		}
	}
	return string(b)
}

// Add counts members that have ended in a state, for a reason.
func (t *Tally) Add(ended State, why Reason, n uint32) {
	switch {
	case ended == Done:
		t.Done += n
	case ended == Failed:
		t.Failed += n
	case why == ReasonAway:
		t.Skipped += n
	case ended == Canceled:
		t.Canceled += n
	}
}

// Ended returns how many members have ended.
func (t *Tally) Ended() uint32 { return t.Done + t.Failed + t.Canceled + t.Skipped }

// Rows returns how many members have rows of their own.
func (t *Tally) Rows() uint32 { return t.Next + t.Ahead }

// Unstarted returns how many members have no row and may still start.
func (t *Tally) Unstarted() uint32 {
	if t.Rest != 0 {
		return 0
	}
	return t.Count - t.Rows()
}

// waiting returns how many members are pending, with a row or without.
func (t *Tally) waiting() uint32 { return t.Count - t.Ended() - t.Out }

// fields lists the counts in the order in which they are stored. The list is
// append-only, and comes after Rest, RestReason and the times.
func (t *Tally) fields() []*uint32 {
	return []*uint32{&t.Count, &t.Next, &t.Ahead, &t.Out, &t.Done, &t.Failed, &t.Canceled, &t.Stopped, &t.Skipped}
}

// appendTally writes a tally as numbers, one after the other.
func appendTally(dst []byte, t *Tally) []byte {
	dst = append(dst, byte(t.Rest), byte(t.RestReason))
	dst = binary.AppendUvarint(binary.AppendUvarint(dst, t.RestMS), t.StartMS)
	for _, n := range t.fields() {
		dst = binary.AppendUvarint(dst, uint64(*n))
	}
	return dst
}

// readTally is its inverse; nil if the text is none.
func readTally(text reader) *Tally {
	if len(text.data) < 2 {
		return nil
	}
	t := &Tally{Rest: State(text.data[0]), RestReason: Reason(text.data[1])}
	text.skip(2)
	for _, v := range []*uint64{&t.RestMS, &t.StartMS} {
		n, err := text.uvarint()
		if err != nil {
			return nil
		}
		*v = n
	}
	for _, v := range t.fields() {
		n, err := text.uvarint()
		if err != nil || !setUint32(v, n) {
			return nil
		}
	}
	if !text.empty() {
		return nil
	}
	return t
}

// follows tells whether the tally may come after another one of its group.
func (t *Tally) follows(before *Tally) bool {
	return t.Count >= before.Count && t.Next >= before.Next && t.Rows() >= before.Rows() && t.Rows() <= t.Count &&
		t.Done >= before.Done && t.Failed >= before.Failed && t.Canceled >= before.Canceled && t.Skipped >= before.Skipped &&
		t.Ended()+t.Out <= t.Count && t.Stopped >= before.Stopped &&
		(before.StartMS == 0 || t.StartMS == before.StartMS) && (before.Rest == 0 || t.Rest == before.Rest)
}

// tally returns how the members of a new group stand, nil for a task without.
func (s *Spec) tally() *Tally {
	if n := s.Members(); n > 0 || s.Target.Kind == ToAll {
		return &Tally{Count: n}
	}
	return nil
}
