package sim

import (
	"encoding/json"
	"slices"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// broadcasts is what the oracle knows of who is in which broadcast, and of which
// workers are away. It follows the records as the core makes them.
type broadcasts struct {
	seats map[journal.ID]map[string]journal.ID // the member for each worker, by broadcast
	heard [][]broker.WorkerInfo                // the workers as they were when something was submitted
	away  map[string]time.Duration             // since when a worker is not there, by its name
	left  map[string]bool                      // workers that said that they leave
}

// broadcastOf makes up that a task is a broadcast: few are.
func (w *world) broadcastOf(s *journal.Spec) {
	if w.plan.weights[actBroadcast] > 0 && w.chance(40) {
		w.makeBroadcast(s)
	}
}

// makeBroadcast has a task be one for all workers of a service, or with labels.
func (w *world) makeBroadcast(s *journal.Spec) {
	s.Array, s.ArrayRunning, s.ArrayFailures, s.Prefer, s.PreferForMS = "", 0, 0, "", 0
	s.Target = journal.Target{Kind: journal.ToAll, Name: pick(w, serviceNames)}
	if w.chance(300) {
		s.Target.Name, s.Where = "", pick(w, selectors)
	}
	s.LateJoiners, s.OnAway = w.chance(400), journal.AwayPolicy(w.rand.IntN(3))
}

// broadcast submits one.
func (w *world) broadcast() {
	c := pick(w, w.clients)
	x := c.newWant()
	x.submit.Spec.After = slices.DeleteFunc(x.submit.Spec.After, func(d journal.Dependency) bool { return d.Wants == journal.WantsWorker })
	w.makeBroadcast(x.submit.Spec)
	c.wants = append(c.wants, x)
	c.do(func() { c.submit(x) })
}

// hear takes in what the core is about to hear.
func (b *broadcasts) hear(w *world, from wire.Peer, m wire.Message) {
	switch m := m.(type) {
	case *wire.Submit, *wire.SubmitBatch:
		b.heard = append(b.heard, w.broker.core.Workers(w.broker.instant()))
	case *wire.Register:
		delete(b.left, m.Name)
	case *wire.Leave:
		b.left[w.oracle.claims[from]] = true
	}
}

// look takes in which workers are there: those that the core knows, and those that
// broadcasts are for.
func (b *broadcasts) look(s *schedule) {
	there := map[string]bool{}
	for _, k := range s.turns.fleet {
		there[k.Name] = k.Live
	}
	for _, seats := range b.seats {
		for worker := range seats {
			if _, known := there[worker]; !known {
				there[worker] = false
			}
		}
	}
	for worker, is := range there {
		if _, known := b.away[worker]; is {
			delete(b.away, worker)
		} else if !known {
			b.away[worker] = s.w.now
		}
	}
}

// restart takes in from the journal who is in which broadcast.
func (b *broadcasts) restart(o *oracle) {
	*b = broadcasts{seats: map[journal.ID]map[string]journal.ID{}, away: map[string]time.Duration{}, left: map[string]bool{}}
	for _, id := range o.ids {
		if r := o.history[id][0]; r.Kind == journal.KindJoin {
			b.sit(&r)
		}
	}
}

// sit takes in that a worker has a member of a broadcast; false if it had one.
func (b *broadcasts) sit(r *journal.Record) bool {
	if b.seats[r.Other] == nil {
		b.seats[r.Other] = map[string]journal.ID{}
	}
	_, twice := b.seats[r.Other][r.Worker]
	b.seats[r.Other][r.Worker] = r.Task
	return !twice
}

// isMeant tells whether a broadcast means a worker as the core knows it, which may be
// awaited since a restart: then nobody knows what it is.
func isMeant(spec *journal.Spec, k *broker.WorkerInfo) bool {
	serves := spec.Target.Name == "" || slices.Contains(k.Services, spec.Target.Name)
	return k.Slots > 0 && serves && selectorOf(spec.Where).Matches(offerOf(k))
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

// judgeBroadcasts looks at the records of a step: who is in the new broadcasts, and who
// has joined others.
func (s *schedule) judgeBroadcasts(records []journal.Record) {
	s.all.look(s)
	for i := range records {
		switch r := &records[i]; {
		case r.Kind == journal.KindSubmit && r.Spec.Target.Kind == journal.ToAll:
			s.judgeAudience(r, records)
		case r.Kind == journal.KindJoin:
			s.judgeJoin(r, records)
		case r.Kind == journal.KindEnd && r.Reason == journal.ReasonAway:
			s.judgeMissed(r)
		}
	}
	s.all.heard = nil
	s.judgeLeftOut()
	if len(records) > 0 {
		s.judgeAway()
	}
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
	for kind, is := range map[string]bool{
		"of a service": submit.Spec.Target.Name != "", "of labels": submit.Spec.Target.Name == "", "of nobody yet": len(got) == 0,
		"of several": len(got) > 1, "that takes late joiners": submit.Spec.LateJoiners,
		"on away: " + submit.Spec.OnAway.String(): true,
	} {
		if is {
			s.w.cover.add("broadcast", kind)
		}
	}
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

func isBroadcast(t *waiting) bool { return t.Tally != nil && t.Spec.Target.Kind == journal.ToAll }

// judgeMissed tells whether a member may have ended because its worker is away: as its
// broadcast asked, and not before the grace was over.
func (s *schedule) judgeMissed(r *journal.Record) {
	t := s.gone[r.Task]
	g := s.wholes[t.Member.Group]
	if state, ends := g.Spec.OnAway.End(); !ends || state != r.State {
		s.w.fail("member %s ended as %s, for %s is away; its broadcast says %s", r.Task, r.State, t.Pinned, g.Spec.OnAway)
	}
	s.w.cover.add("broadcast", "away: "+g.Spec.OnAway.String())
	k := s.turns.info(t.Pinned)
	if k != nil && k.Live {
		if isMeant(g.Spec, k) {
			s.w.fail("member %s ended, for %s is away, which is there", r.Task, t.Pinned)
		}
		s.w.cover.add("broadcast", "away: it is another one")
		return
	}
	since, known := s.all.away[t.Pinned]
	if grace := s.w.plan.core.ReattachGrace; known && !s.all.left[t.Pinned] && s.w.now-since < grace {
		s.w.fail("member %s ended, for %s is away, since %v, and the grace is %v", r.Task, t.Pinned, since, grace)
	}
}

// judgeAway tells whether a member waits for a worker that is away, and should not, or
// for one that the core has forgotten.
func (s *schedule) judgeAway() {
	const patience = time.Second // of a broker that is busy, or about to stop
	for _, t := range s.order {
		g := s.whole(t)
		if !t.OfAll || g == nil || !s.waits(t) {
			continue
		}
		k := s.turns.info(t.Pinned)
		if k == nil {
			s.w.fail("member %s waits for %s, which the broker has forgotten", t.ID, t.Pinned)
		}
		since, away := s.all.away[t.Pinned]
		due := max(since, t.ready, g.ready, s.w.broker.born) + s.w.plan.core.ReattachGrace + patience
		if _, ends := g.Spec.OnAway.End(); ends && away && g.Edits == 0 && due < s.w.now {
			s.w.fail("member %s waits for %s, which is away since %v; its broadcast says %s", t.ID, t.Pinned, since, g.Spec.OnAway)
		}
		if away && g.Spec.OnAway == journal.AwayWait {
			s.w.cover.add("broadcast", "away: wait")
		}
	}
}

// judgeBroadcastMember tells whether the member of a broadcast may be dispatched now.
func (s *schedule) judgeBroadcastMember(t *waiting, worker string) {
	if s.notYet(t) {
		s.w.fail("member %s is dispatched, and its broadcast may not go: %+v", t.ID, s.whole(t))
	}
	if worker != t.Pinned {
		s.w.fail("member %s for worker %s is given to %s", t.ID, t.Pinned, worker)
	}
	s.w.cover.add("broadcast", "a member is dispatched")
}

// judgeSummary tells whether the result of a broadcast tells how its members have ended.
func (o *oracle) judgeSummary(t *journal.Task) {
	var told journal.Summary
	if err := json.Unmarshal(o.result(t.ID), &told); err != nil || len(told.Each) != int(t.Tally.Count) {
		o.w.fail("broadcast %s of %d members has result %q: %v", t.ID, t.Tally.Count, o.result(t.ID), err)
	}
	for i, seat := range told.Each {
		m, has := o.memberRow(journal.IDOf(t.ID, uint32(i)))
		if !has || int(seat.Index) != i || seat.Worker != m.Pinned || seat.State != m.State.String() || seat.Reason != m.Reason.String() {
			o.w.fail("broadcast %s tells %+v, and its member %d is %+v", t.ID, seat, i, m)
		}
	}
	o.w.cover.add("broadcast", "ends as "+t.State.String())
}

// judgeBroadcastEnd tells whether a broadcast has ended as its members have.
func (o *oracle) judgeBroadcastEnd(t *journal.Task, n journal.Numbers) {
	want := journal.Canceled
	switch {
	case n.Members > 0 && n.Done+n.Skipped == n.Members:
		want = journal.Done
	case t.Reason == journal.ReasonDependency && t.State != journal.Done:
		want = t.State // whatever had become of some members by then
	case t.CancelMS == 0 && n.Failed > 0:
		want = journal.Failed
	case n.Members == 0 && t.CancelMS == 0:
		want = t.State // nobody has come
		if t.Reason == journal.ReasonGroup {
			o.w.fail("broadcast %s ended with its members, and has none", t.ID)
		}
		o.w.cover.add("broadcast", "ends without anybody: "+t.Reason.String())
	}
	if n.Done+n.Failed+n.Canceled+n.Skipped != n.Members || t.State != want {
		o.w.fail("broadcast %s ended as %s, and its members are %v", t.ID, t.State, n)
	}
	o.judgeSummary(t)
}
