package sim

import (
	"encoding/json"
	"reflect"

	"bcp/broker/wire"
	"bcp/journal"
)

// arrays are which members an array may have.
var arrays = []string{"1-1", "2", "3", "5", "8", "2-4,9", "0,7,9-11"}

// arrayOf makes up that a task is an array: most are not.
func (w *world) arrayOf(s *journal.Spec) {
	if w.plan.weights[actArray] == 0 || !w.chance(150) {
		return
	}
	s.Array = sure(journal.ParseIndexes(pick(w, arrays))).String()
	if w.chance(500) {
		s.ArrayRunning = 1 + w.rand.Uint32N(3)
	}
	if w.chance(400) {
		s.ArrayFailures = 1 + w.rand.Uint32N(3)
	}
}

// someMember returns a member of the task, if that is an array; now and then.
func (w *world) someMember(id journal.ID) journal.ID {
	if t, err := w.broker.store.Get(id); err == nil && t.Task.Tally != nil && t.Task.Tally.Count > 0 && w.chance(600) {
		return journal.IDOf(id, w.rand.Uint32N(t.Task.Tally.Count))
	}
	return id
}

// whole returns the array that a member is of, nil for another task.
func (s *schedule) whole(t *waiting) *waiting {
	if t.Member == nil {
		return nil
	}
	return s.tasks[t.Member.Group]
}

// recallWholes takes in from the journal which arrays have ended.
func (s *schedule) recallWholes() {
	s.wholes = map[journal.ID]*waiting{}
	for id, t := range s.w.oracle.keep.ended {
		if t.Tally != nil {
			s.wholes[id] = &waiting{Task: t}
		}
	}
}

// wholeOf returns the array that an ID is a member of, whether that has started or not.
func (s *schedule) wholeOf(id journal.ID) *waiting {
	for _, g := range s.wholes {
		if _, ok := g.Position(id); ok {
			return g
		}
	}
	return nil
}

// ended returns how a task has ended, with a row or without.
func (s *schedule) ended(id journal.ID) (journal.Record, bool) {
	if end, over := s.ends[id]; over {
		return end, true
	}
	if g := s.wholeOf(id); g != nil && g.Tally.Rest != 0 && s.tasks[id] == nil {
		return journal.Record{Task: id, State: g.Tally.Rest, Reason: g.Tally.RestReason}, true
	}
	return journal.Record{}, false
}

// keptBack tells whether a member may not go now because its array may not, or maybe may not.
func (s *schedule) keptBack(t *waiting) bool {
	return s.kept(t, func(g *waiting) bool { return g.ready <= s.w.now })
}

// notYet tells whether a member may not go now for certain.
func (s *schedule) notYet(t *waiting) bool {
	return s.kept(t, func(g *waiting) bool { return g.timely(s.w.now) })
}

func (s *schedule) kept(t *waiting, timely func(*waiting) bool) bool {
	g := s.whole(t)
	return t.Member != nil && (g == nil || g.Held || len(g.Waits) > 0 || !timely(g) || s.stopped(g))
}

// stopped tells whether as many members of an array have failed as may.
func (s *schedule) stopped(g *waiting) bool {
	most, failed := g.Spec.ArrayFailures, uint32(0)
	for pos := range g.Tally.Count {
		if end, over := s.ends[journal.IDOf(g.ID, pos)]; over && end.State == journal.Failed {
			failed++
		}
	}
	return most > 0 && failed >= most
}

// judgeMember tells whether the member of an array or of a broadcast may be dispatched now.
// One that got its row before, for somebody wanted something of it, has a place of its own.
func (s *schedule) judgeMember(t *waiting) {
	if t.Member == nil {
		return
	}
	g := s.whole(t)
	if s.notYet(t) {
		s.w.fail("member %s is dispatched, and its whole may not go: %+v", t.ID, g)
	}
	if t.OfAll {
		s.w.cover.add("broadcast", "a member is dispatched")
		return
	}
	pos, ok := g.Position(t.ID)
	if want := g.Spec.Indexes().At(pos); !ok || t.Member.Index != want || t.Member.Count != g.Tally.Count {
		s.w.fail("member %s has index %d of %d: want %d of %d", t.ID, t.Member.Index, t.Member.Count, want, g.Tally.Count)
	}
	out := uint32(0)
	for other := range g.Tally.Count {
		id := journal.IDOf(g.ID, other)
		member := s.tasks[id]
		if _, over := s.ends[id]; other < pos && member == nil && !over && t.made == s.w.now && t.Holds == 0 && t.Edits == 0 {
			s.w.fail("member %s is dispatched, and the one before it, %s, has not started", t.ID, id)
		}
		if member != nil && member.Active() {
			out++
		}
	}
	if most := g.Spec.ArrayRunning; most > 0 {
		if out >= most {
			s.w.fail("member %s is dispatched, and %d members are out of %d that may be", t.ID, out, most)
		}
		s.w.cover.add("array", "dispatched within its limit")
	}
	s.w.cover.add("array", "a member is dispatched")
}

// judgeWhole tells whether an array's row has counted its members as they are.
func (o *oracle) judgeWhole(e *journal.Entry) {
	t, n := &e.Task, *e.Task.Tally
	truth := journal.Tally{Count: n.Count}
	rowless := uint32(0)
	for pos := range n.Count {
		switch m, has := o.memberRow(journal.IDOf(t.ID, pos)); {
		case !has:
			rowless++
		case m.Active():
			truth.Out++
		default:
			truth.Add(m.State, m.Reason, 1)
		}
	}
	if n.Rest != 0 {
		truth.Add(n.Rest, n.RestReason, rowless)
		o.w.cover.add("array", "the rest ends: "+n.RestReason.String())
	}
	if got, want := n.Numbers(), truth.Numbers(); got != want || n.Rows() != n.Count-rowless {
		o.w.fail("array %s counts %v with %d rows, and its members are %v with %d", t.ID, got, n.Rows(), want, n.Count-rowless)
	}
	if t.State.Ended() {
		o.judgeWholeEnd(t, truth.Numbers())
	}
}

// memberRow returns a member that has a row, or had one that is forgotten: members
// go before their whole.
func (o *oracle) memberRow(id journal.ID) (journal.Task, bool) {
	if o.isForgotten(id) {
		return o.keep.ended[id], true
	}
	e, err := o.w.broker.store.Get(id)
	return e.Task, err == nil
}

// judgeWholeEnd tells whether an array has ended as its members have.
func (o *oracle) judgeWholeEnd(t *journal.Task, truth journal.Numbers) {
	var told journal.Numbers
	if err := json.Unmarshal(o.result(t.ID), &told); err != nil || told != truth {
		o.w.fail("array %s has result %q, %v, and its members are %v", t.ID, o.result(t.ID), err, truth)
	}
	if t.Spec.Target.Kind == journal.ToAll {
		o.judgeBroadcastEnd(t, truth)
		return
	}
	if truth.Done+truth.Failed+truth.Canceled != truth.Members || (t.State == journal.Done) != (truth.Done == truth.Members) {
		o.w.fail("array %s ended as %s, and its members are %v", t.ID, t.State, truth)
	}
	if t.State == journal.Failed && truth.Failed == 0 || t.State == journal.Canceled && truth.Failed > 0 && t.CancelMS == 0 && t.Reason != journal.ReasonDependency {
		o.w.fail("array %s ended as %s, and its members are %v", t.ID, t.State, truth)
	}
	if t.Tally.Stopped != 0 && truth.Failed < t.Spec.ArrayFailures {
		o.w.fail("array %s was stopped for %d failures, and there are %d", t.ID, t.Spec.ArrayFailures, truth.Failed)
	}
	o.w.cover.add("array", "ends as "+t.State.String())
	if t.Reason == journal.ReasonArrayFailures {
		o.w.cover.add("array", "stopped for its failures")
	}
}

// tellsWhole checks what is told of where an array stands: its row has only the last
// tally.
func (o *oracle) tellsWhole(told, is *journal.Task) {
	switch {
	case told.State.Ended() && !reflect.DeepEqual(told.Tally.Numbers(), is.Tally.Numbers()),
		told.Tally.Count > is.Tally.Count, told.Tally.Count < is.Tally.Count && is.Spec.Target.Kind != journal.ToAll, // which workers may join
		told.Tally.Next > is.Tally.Next, told.Tally.Done > is.Tally.Done,
		told.Tally.Failed > is.Tally.Failed, told.Tally.Canceled > is.Tally.Canceled:
		o.w.fail("status %+v of an array is told, and it is %+v", told.Tally, is.Tally)
	}
	o.w.cover.add("array", "its status is told")
}

// tellsRowless checks what is told of a member that has no row, or had none then.
func (o *oracle) tellsRowless(told *journal.Task, e *journal.Entry) {
	whole := o.entry(told.Member.Group, told)
	if told.State != journal.Pending && (len(e.Records) > 0 || told.State != e.Task.State || told.Reason != e.Task.Reason) {
		o.w.fail("status %+v of a member is told, and it is %+v", *told, e.Task)
	}
	pos, _ := whole.Task.Position(told.ID)
	if told.Member.Index != whole.Task.Spec.Indexes().At(pos) {
		o.w.fail("status %+v of a member is told, and its array is %+v", *told, whole.Task)
	}
	o.w.cover.add("array", "the status of a member without a row is told")
}

// replaces tells whether the second of two records may stand in the place of the
// first.
func replaces(a, b journal.Record) bool {
	return a.Kind == journal.KindTally && b.Kind == journal.KindTally
}

// givesMember checks that an attempt is told whose member it is.
func (o *oracle) givesMember(m *wire.Dispatch) {
	e := o.entry(m.Task, text{m})
	if !reflect.DeepEqual(m.Member, e.Task.Member) {
		o.w.fail("%v is told as member %+v, and is %+v", text{m}, m.Member, e.Task.Member)
	}
}

// forgetMembers takes in which members are forgotten: none is before its array has
// ended, and none is left when that is gone.
func (o *oracle) forgetMembers() {
	for _, id := range o.ids {
		t, ended := o.keep.ended[id]
		if !ended || t.Member == nil || o.keep.forgotten[id] {
			continue
		}
		_, err := o.w.broker.store.Get(id)
		_, wholeErr := o.w.broker.store.Get(t.Member.Group)
		switch {
		case err == nil && wholeErr != nil:
			o.w.fail("member %s is left, and its array is forgotten", id)
		case err == nil:
		case !o.hasEnded(t.Member.Group):
			o.w.fail("member %s is forgotten, and its array has not ended", id)
		default:
			o.keep.forgotten[id] = true
			o.w.cover.add("array", "a member is forgotten")
		}
	}
}
