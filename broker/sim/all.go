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
func (s *schedule) hear(from wire.Peer, m wire.Message) {
	switch m := m.(type) {
	case *wire.Submit, *wire.SubmitBatch:
		s.all.heard = append(s.all.heard, s.w.broker.core.Workers(s.w.broker.instant()))
	case *wire.Register:
		delete(s.all.left, m.Name)
	case *wire.Leave:
		s.all.left[s.w.oracle.claims[from].name] = true
	}
}

// lookWhoIsAway takes in which workers are there: those that the core knows, and those that
// broadcasts are for.
func (s *schedule) lookWhoIsAway() {
	there := map[string]bool{}
	for _, k := range s.turns.fleet {
		there[k.Name] = k.Live
	}
	for _, seats := range s.all.seats {
		for worker := range seats {
			if _, known := there[worker]; !known {
				there[worker] = false
			}
		}
	}
	for worker, is := range there {
		if _, known := s.all.away[worker]; is {
			delete(s.all.away, worker)
		} else if !known {
			s.all.away[worker] = s.w.now
		}
	}
}

// restartBroadcasts takes in from the journal who is in which broadcast.
func (s *schedule) restartBroadcasts() {
	s.all = broadcasts{seats: map[journal.ID]map[string]journal.ID{}, away: map[string]time.Duration{}, left: map[string]bool{}}
	for _, id := range s.w.oracle.ids {
		if r := s.w.oracle.history[id][0]; r.Kind == journal.KindJoin {
			s.all.sit(&r)
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

// judgeBroadcasts looks at the records of a step: who is in the new broadcasts, and who
// has joined others.
func (s *schedule) judgeBroadcasts(records []journal.Record) {
	s.lookWhoIsAway()
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

func isBroadcast(t *waiting) bool { return t.Tally != nil && t.Spec.Target.Kind == journal.ToAll }

// judgeMissed tells whether a member may have ended because its worker is away: as its
// broadcast asked, and not before the grace was over.
func (s *schedule) judgeMissed(r *journal.Record) {
	t := s.over[r.Task]
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
		if _, ends := g.Spec.OnAway.End(); ends && away && g.Edits == 0 && due < s.w.now && !s.w.broker.unheardLately() {
			s.w.fail("member %s waits for %s, which is away since %v; its broadcast says %s", t.ID, t.Pinned, since, g.Spec.OnAway)
		}
		if away && g.Spec.OnAway == journal.AwayWait {
			s.w.cover.add("broadcast", "away: wait")
		}
	}
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
