package broker

import (
	"slices"

	"bcp/journal"
)

// A group is a task that stands for its members. It waits for workers in their
// stead: as long as some have not started, it has a place among the waiting
// tasks, that of the next one. When it is that one's turn, the member gets a row of
// its own and is dispatched:
//
//	lane of the group               worker gets free
//	+------------------+                    |
//	| group: 2, 3, 4.. | --- begin 2 -------+--> journal: member 2, its dispatch, the tally
//	| member 0 (again) |
//	+------------------+
//
// So members that have not started cost nothing. How many may be out at a time is a
// limit as others are, with the group's own limiter.

// group is what is known of a group beside its row. Volatile.
type group struct {
	whole   *task
	indexes journal.Indexes
	spec    *journal.Spec             // what the members inherit
	members map[journal.ID]*task      // that have rows and have not ended
	awaited map[journal.ID]*task      // that have none, and that somebody waits for
	limiter limiter                   // of the members that are out
	ready   bool                      // nothing that the group itself waits for keeps it
	begunMS int64                     // when the last member started, Unix milliseconds
	busy    bool                      // what ends its members looks after the rest itself
	seats   []journal.Seat            // of a broadcast's members, by their indexes: see seat.go
	seated  map[string]bool           // the workers that these are for
	tally   struct{ mark, at uint64 } // where the last one is among the effects, counted from 1
}

func newGroup(t *task) *group {
	g := &group{
		whole: t, indexes: t.Spec.Indexes(),
		members: make(map[journal.ID]*task), awaited: make(map[journal.ID]*task),
	}
	g.inherit()
	return g
}

// inherit has the members that start from now on inherit what is asked for now.
func (g *group) inherit() { g.spec = g.whole.Spec.OfMember() }

// newTask returns the task that a record begins: somebody may wait for a member
// already.
func (b *Broker) newTask(r *journal.Record) *task {
	if r.Kind == journal.KindMember {
		if g, _ := b.groupOf(r.Task); g != nil && g.awaited[r.Task] != nil {
			t := g.awaited[r.Task]
			delete(g.awaited, r.Task)
			b.noLongerAwaited(t)
			return t
		}
	}
	return &task{ID: r.Task, life: b.folds.newLife()}
}

// join makes a new task known to its group, or the group that it is.
func (b *Broker) join(t *task) {
	switch {
	case t.Tally != nil:
		t.group = newGroup(t)
		b.groups = append(b.groups, t.group)
	case t.Member != nil:
		t.group, _ = b.groupOf(t.ID)
		t.group.members[t.ID] = t
		if t.OfAll {
			t.group.sit(&t.Task)
		}
	}
}

// unstarted counts the members of a group that may still start.
func (t *task) unstarted() int {
	if t.Tally == nil || t.State.Ended() {
		return 0
	}
	return int(t.Tally.Unstarted())
}

// failed tells whether as many members have failed as may.
func (g *group) failed() bool {
	most := g.whole.Spec.ArrayFailures
	return most > 0 && g.whole.Tally.Failed >= most
}

// pinned is the worker that a task has to go to, "" for any. A member may have had its
// row before its group knew.
func (t *task) pinned() string {
	if t.Member != nil && !t.OfAll {
		return t.group.whole.Pinned
	}
	return t.Pinned
}

// settled tells whether there is nothing that a group itself waits for: its members
// that are out are stopped one by one.
func (g *group) settled() bool {
	return g.whole.State == journal.Canceling || g.whole.Tally.Unstarted() == 0 && g.ready
}

// keptBack tells whether the task is a member of a group that may not go.
func (t *task) keptBack() bool { return t.Member != nil && !t.group.ready }

// keepBack takes what waits of a group out of its lanes.
func (b *Broker) keepBack(now Instant, g *group) {
	g.ready = false
	b.dequeue(g.whole)
	for _, t := range byID(g.members) {
		if t.State == journal.Pending {
			b.dequeue(t)
			b.schedule(now, t)
		}
	}
}

// at is the ID of the member at a position.
func (g *group) at(pos uint32) journal.ID { return journal.IDOf(g.whole.ID, pos) }

// member is a member without a row.
func (g *group) member(pos uint32) journal.Task {
	return g.whole.MemberAt(pos, g.spec, g.indexes.At(pos))
}

// byID lists tasks in order of ID.
func byID(tasks map[journal.ID]*task) []*task {
	list := make([]*task, 0, len(tasks))
	for _, t := range tasks {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *task) int { return a.ID.Compare(b.ID) })
	return list
}

// groupOf returns the group in whose block the ID is, nil if it is in none of a
// group that has not ended, or whose end is not in the archive.
func (b *Broker) groupOf(id journal.ID) (g *group, pos uint32) {
	i, _ := slices.BinarySearchFunc(b.groups, id, func(g *group, id journal.ID) int { return g.whole.ID.Compare(id) })
	if i == 0 {
		return nil, 0
	}
	g = b.groups[i-1]
	pos, ok := g.whole.Position(id)
	if !ok {
		return nil, 0
	}
	return g, pos
}

// unstarted returns the group of a member that has no row and may get one.
func (b *Broker) unstarted(id journal.ID) (*group, uint32) {
	g, pos := b.groupOf(id)
	if g == nil || g.whole.State.Ended() || g.whole.Tally.Rest != 0 || pos < g.whole.Tally.Next || b.hasRow(g, id) {
		return nil, 0
	}
	return g, pos
}

// hasRow tells whether a member that is not before the next one has a row.
func (b *Broker) hasRow(g *group, id journal.ID) bool {
	if g.whole.Tally.Ahead == 0 {
		return false
	}
	if b.tasks.get(id) != nil {
		return true
	}
	_, err := b.archive.Get(id)
	return err == nil
}

// rowless tells whether an ended task is a member that never had a row.
func (b *Broker) rowless(id journal.ID) bool {
	if b.tasks.get(id) != nil {
		return false
	}
	e, err := journal.Find(b.archive, id)
	return err == nil && len(e.Records) == 0
}

// begin gives a member its row: from now on it is a task like others.
func (b *Broker) begin(now Instant, g *group, pos uint32) *task {
	id := g.at(pos)
	g.begunMS = now.WallMS
	b.record(now, journal.Record{
		Task: id, Kind: journal.KindMember, Spec: g.spec, Worker: g.whole.Pinned,
		Other: g.whole.ID, Index: g.indexes.At(pos), Count: g.whole.Tally.Count,
		DelayMS: max(now.WallMS-g.whole.waitingSince(), 0),
	})
	b.count(now, g, func(n *journal.Tally) {
		if pos != n.Next {
			n.Ahead++
			return
		}
		for n.Next++; n.Ahead > 0 && b.hasRow(g, g.at(n.Next)); n.Next++ {
			n.Ahead--
		}
	})
	return b.tasks.get(id)
}

// replace puts the group to its place among the waiting tasks, after a change of
// which member is the next; it has none when all have started.
func (b *Broker) replace(g *group) {
	t := g.whole
	if t.lane == nil {
		return
	}
	if t.Tally.Unstarted() == 0 {
		b.dequeue(t)
		b.disarm(&t.timer)
		return
	}
	t.lane.moved()
}

// count journals a change of how the members stand. Of several in one step only the
// last is written, if nothing else is of the group itself in between.
func (b *Broker) count(now Instant, g *group, change func(*journal.Tally)) {
	n := *g.whole.Tally
	change(&n)
	last := g.tally
	b.record(now, journal.Record{Task: g.whole.ID, Kind: journal.KindTally, Tally: &n})
	at := uint64(len(b.out.Records))
	if last.at > 0 && last.mark == b.mark {
		b.out.Records[last.at-1] = b.out.Records[at-1]
		b.out.Records = b.out.Records[:at-1]
		at = last.at
	}
	g.tally.mark, g.tally.at = b.mark, at
	b.replace(g)
	if g.ready && g.failed() {
		b.keepBack(now, g)
	}
}

// countMember takes what a record says of a member into the tally of its group.
func (b *Broker) countMember(now Instant, t *task, r *journal.Record, wasOut bool) {
	isOut := t.Active()
	if wasOut == isOut && r.Kind != journal.KindEnd {
		return
	}
	b.count(now, t.group, func(n *journal.Tally) {
		switch {
		case isOut && !wasOut:
			n.Out++
			if n.StartMS == 0 {
				n.StartMS = uint64(now.WallMS)
			}
		case wasOut && !isOut:
			n.Out--
		}
		if r.Kind == journal.KindEnd {
			n.Add(r.State, r.Reason, 1)
		}
	})
}

// reach returns a task that somebody wants something of, nil if it has ended or there
// is none. A member that has not started gets its row for that.
func (b *Broker) reach(now Instant, id journal.ID) *task {
	if g, pos := b.unstarted(id); g != nil {
		t := b.begin(now, g, pos)
		if !t.parked(now) {
			b.enqueue(now, t, t.prefers(now))
		}
		b.schedule(now, t)
		return t
	}
	return b.live(id)
}

// expect returns a task that somebody wants to know the end of, nil if it has ended
// or there is none. A member that has not started is remembered for that alone.
func (b *Broker) expect(id journal.ID) *task {
	if t := b.expected(id); t != nil {
		return t
	}
	g, _ := b.unstarted(id)
	if g == nil {
		return nil
	}
	t := &task{ID: id, life: new(life)}
	g.awaited[id] = t
	return t
}

// expected is expect for a task that is known, or remembered.
func (b *Broker) expected(id journal.ID) *task {
	if t := b.live(id); t != nil {
		return t
	}
	if g, _ := b.groupOf(id); g != nil {
		return g.awaited[id]
	}
	return nil
}

// waitAgain puts a task that may go among those that wait, without a look at the
// workers.
func (b *Broker) waitAgain(now Instant, t *task, prefers bool) {
	if t.Tally == nil || t.Tally.Unstarted() > 0 {
		b.enqueue(now, t, prefers)
	}
	if t.Tally != nil {
		t.group.ready = true
	}
}

// lineUp puts a group's members that have rows among those that wait, with the group
// that may go now, without a look at the workers.
func (b *Broker) lineUp(now Instant, t *task) {
	if t.Tally == nil {
		return
	}
	for _, m := range byID(t.group.members) {
		if m.State == journal.Pending && m.lane == nil && !m.parked(now) {
			b.enqueue(now, m, m.prefers(now))
		}
		b.schedule(now, m)
	}
}

// offerGroup lets the members of a group go that may.
func (b *Broker) offerGroup(now Instant, g *group, prefers bool) {
	b.waitAgain(now, g.whole, prefers)
	b.schedule(now, g.whole)
	for _, t := range byID(g.members) {
		if t.State == journal.Pending && t.lane == nil {
			b.arrive(now, t)
		}
	}
	if l := g.whole.lane; l != nil {
		b.serveLane(now, l)
		b.refill(now)
	}
}

// groupChanged takes in that something else is asked for with a group.
func (b *Broker) groupChanged(now Instant, g *group) {
	b.keepBack(now, g)
	b.arrive(now, g.whole)
	b.memberOver(now, g)
}
