package broker

import (
	"fmt"
	"slices"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/place"
)

// A broadcast is a group whose members are made at once, each for one worker. They
// wait for it as other tasks do, and the whole never waits itself:
//
//	submit --> whole, and a member for each worker that it means now --> their workers
//	                                                                         |
//	register, with late joiners --> a member for that worker too ------------+
//	                                                                         |
//	worker stays away --> its member waits, is skipped or fails              |
//	                                                                         v
//	                                  when all have ended: one end of the whole
//
// The worker knows the members that are for it (worker.parts), and is remembered for
// as long as there are such. Package journal has how they are kept: journal/all.go.

// isAll tells whether the task is a broadcast.
func (t *task) isAll() bool { return t.stands() && t.Task.Spec.Target.Kind == journal.ToAll }

// audience lists the workers that a broadcast means now, those that are away too, by
// name; nil for another task.
func (b *Broker) audience(s *journal.Spec) (names []string) {
	if s.Target.Kind != journal.ToAll {
		return nil
	}
	where := selector(s.Where)
	for _, w := range b.fleet {
		if w.isMeant(s.Target, &where) {
			names = append(names, w.name)
		}
	}
	slices.Sort(names)
	return names
}

// isMeant tells whether a worker is one that the target and the selector mean.
func (w *worker) isMeant(target journal.Target, where *place.Selector) bool {
	return w.serves(target) && where.Unmet(&w.offer) == ""
}

// checkAudience refuses a broadcast to nobody.
func checkAudience(s *journal.Spec, names []string) *wire.Error {
	if s.Target.Kind != journal.ToAll || len(names) > 0 || s.LateJoiners {
		return nil
	}
	return wire.Errorf(wire.CodeNotAllowed, "there is no %s, and so no member of a broadcast: only accepted with late-joiners", audienceText(s))
}

// audienceText describes one of the workers that a broadcast is for.
func audienceText(s *journal.Spec) string {
	text := "worker"
	if s.Target.Name != "" {
		text += " of service " + s.Target.Name
	}
	if s.Where != "" {
		text += " with " + s.Where
	}
	return text
}

// invite gives workers their members of a broadcast.
func (b *Broker) invite(now Instant, g *group, names []string) {
	first, n := g.whole.Tally.Count, uint32(len(names))
	if n == 0 {
		return
	}
	b.count(now, g, func(t *journal.Tally) {
		t.Count += n
		t.Next += n
	})
	b.stats.Submitted += uint64(n)
	b.space.taken += int64(n) * sizeOf(&wire.Submit{Spec: g.spec})
	for i, name := range names {
		pos := first + uint32(i)
		b.record(now, journal.Record{
			Task: g.at(pos), Kind: journal.KindJoin, Spec: g.spec, Worker: name,
			Other: g.whole.ID, Index: pos, Count: g.whole.Tally.Count,
		})
		t := b.tasks.get(g.at(pos))
		b.reserve(now, t)
		b.schedule(now, t) // its life begins, although it may not go yet
	}
}

// reserve notes the member of a broadcast at the worker that it is for.
func (b *Broker) reserve(now Instant, t *task) {
	if !t.OfAll {
		return
	}
	w := b.expectWorker(now, t.Pinned)
	if w.parts == nil {
		w.parts = make(map[journal.ID]*task)
	}
	w.parts[t.ID] = t
}

// vacate is the inverse of reserve, for a member that has ended.
func (b *Broker) vacate(t *task) {
	if !t.OfAll {
		return
	}
	w := b.workers[t.Pinned]
	if w == nil {
		return // it has ended before the broker was open
	}
	delete(w.parts, t.ID)
	if !w.live && w.idle() {
		b.forgetWorker(w)
	}
}

// joinLate has a worker that has registered join the broadcasts that are for late
// joiners as well.
func (b *Broker) joinLate(now Instant, w *worker) {
	for _, g := range b.groups {
		if !b.takesLate(g, w) {
			continue
		}
		b.invite(now, g, []string{w.name})
		if g.ready { // it has waited for somebody to come
			b.schedule(now, g.whole)
		}
		b.arrive(now, b.tasks.get(g.at(g.whole.Tally.Count-1)))
	}
}

// takesLate tells whether a worker joins a broadcast now: one that has members is
// over when these have ended, and takes nobody who has had one.
func (b *Broker) takesLate(g *group, w *worker) bool {
	t := g.whole
	if !t.isAll() || !t.Task.Spec.LateJoiners || t.State.Ended() || t.State == journal.Canceling || g.busy {
		return false
	}
	where := selector(t.Task.Spec.Where)
	return w.isMeant(t.Task.Spec.Target, &where) && t.Tally.Count < journal.MaxAll &&
		b.checkRoom(1, small) == nil && b.recall(g) && !g.seated[w.name]
}

// empty tells whether it is a broadcast that nobody has joined yet.
func (g *group) empty() bool {
	return g.whole.isAll() && g.whole.Tally.Count == 0 && g.whole.State == journal.Pending
}

// editMembers changes with a broadcast what its members have of it.
func (b *Broker) editMembers(now Instant, g *group, m *wire.Edit, by string) {
	asked := *m
	asked.Options = slices.DeleteFunc(slices.Clone(m.Options), func(n uint8) bool { return journal.OptionNumbered(n).Group })
	if len(asked.Options) == 0 {
		return
	}
	for _, t := range byID(g.members) {
		_ = b.editLive(now, t, &asked, by) // one that it can't be changed of any more stays as it is
	}
}

// notFor says that a worker doesn't want the member that is for it alone.
func notFor(t *task, why string) string {
	text := fmt.Sprintf("worker %s doesn't want it, and it is for no other", t.Pinned)
	if why != "" {
		text += ": " + why
	}
	return text
}
