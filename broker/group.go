package broker

import (
	"slices"
	"time"

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
	begun   time.Duration             // when the last member started; 0 if none has since the broker did
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

// inherit gives the members that start from now on what is asked for with the group now.
func (g *group) inherit() { g.spec = g.whole.Spec.OfMember() }

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

// byID lists tasks in order of ID.
func byID(tasks map[journal.ID]*task) []*task {
	list := make([]*task, 0, len(tasks))
	for _, t := range tasks {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *task) int { return a.ID.Compare(b.ID) })
	return list
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

// groupChanged takes in that a group was edited.
func (b *Broker) groupChanged(now Instant, g *group) {
	b.keepBack(now, g)
	b.arrive(now, g.whole)
	b.memberOver(now, g)
}
