package sim

import (
	"slices"

	"bcp/broker"
	"bcp/journal"
)

// isMeant tells whether a broadcast means a worker as the core knows it, which may be
// awaited since a restart: then nobody knows what it is.
func isMeant(spec *journal.Spec, k *broker.WorkerInfo) bool {
	return k.Slots > 0 && serves(spec.Target, k.Name, k.Services) && selectorOf(spec.Where).Matches(offerOf(k))
}

// audience lists the workers that a broadcast means, by name.
func audience(spec *journal.Spec, fleet []broker.WorkerInfo) (names []string) {
	for i := range fleet {
		if isMeant(spec, &fleet[i]) {
			names = append(names, fleet[i].Name)
		}
	}
	slices.Sort(names)
	return names
}

// judgeAudience tells whether a new broadcast has a member for every worker that it
// means, and for no other.
func (s *schedule) judgeAudience(submit *journal.Record, records []journal.Record) {
	var got []string
	for i := range records {
		if r := &records[i]; r.Kind == journal.KindJoin && r.Other == submit.Task {
			got = append(got, r.Worker)
		}
	}
	if !submit.Spec.RetryOf.IsZero() {
		s.judgeAgainAll(submit, got)
		return
	}
	if !slices.ContainsFunc(s.all.heard, func(fleet []broker.WorkerInfo) bool { return slices.Equal(got, audience(submit.Spec, fleet)) }) {
		s.w.fail("broadcast %s to %+v is for %v, and the workers were %+v", submit.Task, *submit.Spec, got, s.all.heard)
	}
	if len(got) == 0 && !submit.Spec.LateJoiners {
		s.w.fail("broadcast %s is for nobody", submit.Task)
	}
	s.w.cover.addThose("broadcast", map[string]bool{
		"of a service": submit.Spec.Target.Name != "", "of labels": submit.Spec.Target.Name == "", "of nobody yet": len(got) == 0,
		"of several": len(got) > 1, "that takes late joiners": submit.Spec.LateJoiners,
		"on away: " + submit.Spec.OnAway.String(): true,
	})
}

// judgeAgainAll tells whether the retry of a broadcast is for the workers that have not
// done their members.
func (s *schedule) judgeAgainAll(submit *journal.Record, got []string) {
	first := submit.Spec.RetryOf
	e, err := s.w.broker.store.Get(first)
	if err != nil || !e.Task.State.Ended() || e.Task.Tally != nil && e.Task.Tally.Count == 0 {
		return // it is forgotten by now, its end is in the same commit, or it was for nobody
	}
	var want []string
	for _, id := range s.w.oracle.ids {
		t, ended := s.w.oracle.keep.ended[id]
		if ended && t.OfAll && (id == first || t.Member.Group == first && t.State != journal.Done) {
			want = append(want, t.Pinned)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) || submit.Spec.LateJoiners {
		s.w.fail("the retry of broadcast %s is for %v: want %v, and nobody who comes later", first, got, want)
	}
	s.w.cover.add("broadcast", "tried again")
}

// judgeJoin tells whether a worker may be in a broadcast: from the start, or as a late
// joiner, and once.
func (s *schedule) judgeJoin(r *journal.Record, records []journal.Record) {
	if !s.all.sit(r) {
		s.w.fail("worker %s is in broadcast %s twice", r.Worker, r.Other)
	}
	n := uint32(len(s.all.seats[r.Other]))
	if r.Task != journal.IDOf(r.Other, r.Index) || r.Index != n-1 || r.Count < n {
		s.w.fail("member %s of broadcast %s is at %d of %d, and has %d before it", r.Task, r.Other, r.Index, r.Count, n-1)
	}
	if slices.ContainsFunc(records, func(other journal.Record) bool { return other.Kind == journal.KindSubmit && other.Task == r.Other }) {
		return
	}
	g, k := s.wholes[r.Other], s.turns.info(r.Worker)
	if g == nil || !g.Spec.LateJoiners || k == nil || !k.Live || !isMeant(g.Spec, k) {
		s.w.fail("worker %s, which is %+v, joins broadcast %s, which is %+v", r.Worker, k, r.Other, g)
	}
	s.w.cover.add("broadcast", "a worker joins late")
}

// judgeLeftOut tells whether somebody who has just registered is left out of a broadcast
// that lives. Where the broker or its disk may be full, nobody can say.
func (s *schedule) judgeLeftOut() {
	b := s.w.broker
	if s.w.plan.core.MaxTasks > 0 || s.w.plan.weights[actFill] > 0 || b.stopping {
		return
	}
	for i := range s.turns.fleet {
		k := &s.turns.fleet[i]
		if !k.Live || k.Since != b.instant().Mono {
			continue
		}
		for _, g := range s.order {
			in := s.all.seats[g.ID][k.Name]
			if isBroadcast(g) && !g.State.Ended() && g.Spec.LateJoiners && g.State != journal.Canceling && g.Edits == 0 && isMeant(g.Spec, k) && in.IsZero() {
				s.w.fail("worker %s registers, and has no member of broadcast %s", k.Name, g.ID)
			}
		}
	}
}
