package broker

import (
	"slices"

	"bcp/journal"
)

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

// at is the ID of the member at a position.
func (g *group) at(pos uint32) journal.ID { return journal.IDOf(g.whole.ID, pos) }

// member is a member without a row.
func (g *group) member(pos uint32) journal.Task {
	return g.whole.MemberAt(pos, g.spec, g.indexes.At(pos))
}

// groupOf returns the group in whose block the ID is, nil if it is in none of a
// group that has not ended, or whose end is not in the archive.
func (b *Broker) groupOf(id journal.ID) (g *group, pos uint32) {
	i := b.groupsBefore(id)
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

// groupsBefore counts the groups whose IDs are lower.
func (b *Broker) groupsBefore(id journal.ID) int {
	i, _ := slices.BinarySearchFunc(b.groups, id, func(g *group, id journal.ID) int { return g.whole.ID.Compare(id) })
	return i
}

// startable returns the group of a member that has no row and may get one, and its place.
func (b *Broker) startable(id journal.ID) (*group, uint32) {
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
	g.begun = now.Mono
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

// reach returns a task that somebody wants something of, nil if it has ended or there
// is none. A member that has not started gets its row for that.
func (b *Broker) reach(now Instant, id journal.ID) *task {
	if g, pos := b.startable(id); g != nil {
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
	g, _ := b.startable(id)
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
