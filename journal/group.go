package journal

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"time"
)

// A group is a task with members, which are tasks themselves: an array has one for each
// of its indexes, a broadcast (see all.go) one for each worker. The group is never
// dispatched; it stands for the whole, and has one end. The IDs of the members are the
// block that follows the group's own, so a member's group is found by arithmetic:
//
//	ID      +-------+----------+----------+----------+---
//	        | group | member 0 | member 1 | member 2 | ...
//	        +-------+----------+----------+----------+---
//	row       yes     started    started    not yet    ...    a row each from then on
//	                                        |
//	                           Tally.Next --+
//
// A member of an array has no row until it is dispatched, or somebody wants something
// of it alone. Until then all that is known of it is in the group's row.

// Member says which member of which group a task is.
type Member struct {
	Group ID
	Index uint32 // what the worker is told
	Count uint32 // members of the group when this one got its row
}

// Members returns how many members an array has; 0 for another task, also for a
// broadcast, whose members are journaled with it.
func (s *Spec) Members() uint32 { return s.Indexes().Len() }

// Block returns how many IDs after a task's own are given away with it.
func (s *Spec) Block() uint32 {
	if s.Target.Kind == ToAll {
		return MaxAll
	}
	return s.Members()
}

// Indexes returns the indexes of an array's members, none for another task.
func (s *Spec) Indexes() Indexes {
	if s.Array == "" {
		return nil
	}
	x, _ := ParseIndexes(s.Array) // was checked at the submit
	return x
}

// OfMember returns what a member inherits: what the group itself has waited for is
// over when its first member starts.
func (s *Spec) OfMember() *Spec {
	m := *s
	m.Key, m.Digest = "", [16]byte{}
	for i := range Options {
		if Options[i].Group {
			Options[i].LeaveOut(&m)
		}
	}
	if m.Target.Kind == ToAll {
		m.Target = m.Target.OfMember()
	}
	return &m
}

// IDOf returns the ID of the member at a position.
func IDOf(group ID, pos uint32) ID { return IDPlus(group, pos+1) }

// LastID returns the highest ID that belongs to the task: that of its last member,
// or its own.
func (t *Task) LastID() ID {
	if t.Tally == nil {
		return t.ID
	}
	return IDPlus(t.ID, t.Tally.Count)
}

// Position tells at which position of the group the ID is, false if it is none of
// its members'.
func (t *Task) Position(id ID) (uint32, bool) {
	if t.Tally == nil {
		return 0, false
	}
	return position(t.ID, id, t.Tally.Count)
}

// MemberAt returns the member at a position as it is without a row: pending, or
// ended with the rest. It is good only for one that has none.
func (t *Task) MemberAt(pos uint32, spec *Spec, index uint32) Task {
	m := Task{
		ID: IDOf(t.ID, pos), Spec: spec, State: Pending, SubmittedMS: t.SubmittedMS, PendingMS: t.PendingMS,
		Pinned: t.Pinned,
		Member: &Member{Group: t.ID, Index: index, Count: t.Tally.Count},
	}
	if t.Tally.Rest == 0 {
		return m
	}
	m.State, m.Reason, m.EndedMS = t.Tally.Rest, t.Tally.RestReason, int64(t.Tally.RestMS)
	m.Text = t.restText()
	if m.Reason == ReasonCanceled {
		m.CancelBy, m.CancelText, m.CancelMS = t.CancelBy, t.CancelText, t.CancelMS
	}
	return m
}

// restText says why the members have ended that never started.
func (t *Task) restText() string {
	switch t.Tally.RestReason {
	case ReasonCanceled:
		return t.CancelText
	case ReasonArrayFailures:
		return t.FailuresText()
	case ReasonQueueTimeout, ReasonLifeTimeout:
		return t.Spec.LateText(t.Tally.RestReason)
	}
	return t.Text // the group has ended with them
}

// FailuresText says that as many members have failed as may.
func (t *Task) FailuresText() string {
	return fmt.Sprintf("%d members of array %s have failed", t.Spec.ArrayFailures, t.ID)
}

// LateText says which time of the task is over.
func (s *Spec) LateText(why Reason) string {
	ms := func(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
	switch why {
	case ReasonQueueTimeout:
		return fmt.Sprintf("not dispatched within %v", ms(s.QueueTimeoutMS))
	case ReasonStartTimeout:
		return fmt.Sprintf("not started within %v", ms(s.StartTimeoutMS))
	case ReasonRunTimeout:
		return fmt.Sprintf("not finished within %v", ms(s.RunTimeoutMS))
	case ReasonSilence:
		return fmt.Sprintf("nothing was said of it for %v", ms(s.SilenceTimeoutMS))
	}
	return fmt.Sprintf("not ended within %v of its submit", ms(s.LifeTimeoutMS))
}

// LastID returns the highest ID that a record gives away: a group has a block of them.
func (r *Record) LastID() ID {
	if r.Kind != KindSubmit {
		return r.Task
	}
	return IDPlus(r.Task, r.Spec.Block())
}

// isMember tells whether a record's task is in the block of its group.
func (r *Record) isMember() bool {
	_, ok := position(r.Other, r.Task, r.Count)
	return ok
}

// allows tells whether the record may follow what the group has seen.
func (t *Task) allows(r *Record) bool {
	switch r.Kind {
	case KindHold, KindRelease:
		return t.State != Canceling && t.Held == (r.Kind == KindRelease)
	case KindMet:
		return t.waitsFor(r)
	case KindCancel:
		return t.State != Canceling
	case KindEdit:
		return r.Spec != nil && t.CheckEdit(r) == nil
	case KindTally:
		return r.Tally != nil && r.Tally.follows(t.Tally)
	case KindEnd:
		return r.State.Ended() && t.Tally.Ended() == t.Tally.Count
	}
	return false
}

// position returns a member's place in the block of its group, from 0; false if
// the ID is not among the count that follow the group's.
func position(group, id ID, count uint32) (uint32, bool) {
	if string(group[:6]) != string(id[:6]) {
		return 0, false
	}
	low, borrow := bits.Sub64(binary.BigEndian.Uint64(id[8:]), binary.BigEndian.Uint64(group[8:]), 0)
	high := binary.BigEndian.Uint16(id[6:]) - binary.BigEndian.Uint16(group[6:]) - uint16(borrow)
	if high != 0 || low == 0 || low > uint64(count) {
		return 0, false
	}
	return uint32(low - 1), true
}

// Finder is the part of a Store that Find needs.
type Finder interface {
	Scanner
	Get(ID) (Entry, error)
}

// Find returns a task, live or ended: one that has a row, or a member that has none, as
// the row of its group tells. ErrNotFound if there is no such task.
func Find(s Finder, id ID) (Entry, error) {
	e, err := s.Get(id)
	if !errors.Is(err, ErrNotFound) {
		return e, err
	}
	group, found := groupBelow(s, id)
	if found != nil {
		return e, found
	}
	pos, ok := group.Position(id)
	switch {
	case !ok:
		return e, err
	case group.hadRow(pos):
		return s.Get(id) // it may have got its row just now
	}
	if there, found := aheadAreThere(s, &group); !there || found != nil {
		return e, cmp.Or(found, err)
	}
	return Entry{Task: group.MemberAt(pos, group.Spec.OfMember(), group.Spec.Indexes().At(pos))}, nil
}

// groupBelow returns the group whose block an ID may be in: it, or one of its members,
// is the last task before that.
func groupBelow(s Finder, id ID) (group Task, err error) {
	_, err = s.Scan(Range{Live: true, Ended: true, After: id, Descending: true, Limit: 1}, func(e Entry) error {
		group = e.Task
		return nil
	})
	if err != nil || group.Member == nil {
		return group, err
	}
	e, err := s.Get(group.Member.Group)
	return e.Task, err
}
