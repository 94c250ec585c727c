package broker

import (
	"slices"
	"time"

	"bcp/journal/place"
)

// A task that needs more of a resource than a worker has left is passed over, and tasks
// that need less go before it: otherwise the worker would idle. So that the task doesn't
// wait for ever, the worker that passes it over after it has waited for a while is kept
// for it. Until the task has gone, to this worker or to another, the worker gives away
// neither what the task needs nor its last slot. A worker is kept for at most one task,
// and a task has at most one worker kept.
const (
	// passedOver is how long a task is passed over before a worker is kept for it.
	passedOver = time.Minute
	// lookMax bounds how many lanes without room a worker looks at. If so many go before
	// one that would fit, it leaves its room unused.
	lookMax = 256
)

// next returns the task that the worker takes next, or nil: of all tasks that wait for it,
// the first that no limit keeps and that fits into what the worker has left. Lanes that a
// limit keeps are put aside on the way.
func (b *Broker) next(now Instant, w *worker) *task {
	for {
		l := b.nextLane(now, w)
		if l == nil {
			return nil
		}
		by := l.quota.closed(now)
		if by == nil && l.keptFor(w) {
			return w.keeps
		}
		if by == nil {
			return l.first()
		}
		b.setAside(l, by)
	}
}

// keptFor tells whether the worker is kept for a task of the lane.
func (l *lane) keptFor(w *worker) bool { return w.keeps != nil && w.keeps.lane == l }

// nextLane returns the lane whose first task goes next, or a lane that has to be put aside
// before that can be told.
func (b *Broker) nextLane(now Instant, w *worker) *lane {
	switch t := w.keeps; {
	case t == nil:
	case t.lane.by != nil:
		b.unkeep(w)
	case w.has(t.lane.needs()) || t.lane.quota.closed(now) != nil:
		return t.lane
	}
	l := w.firstLane()
	if l == nil || w.room(l.needs()) {
		return l
	}
	return b.nextBehind(now, w)
}

// firstLane returns the lane whose first task is the next one for the worker, or nil: a
// lane of the oldest turn in all lines that the worker serves. If the same client is next
// in several of these lines, it is the lane of its first task in them. So the tasks of a
// client who is alone go in their order, whatever they ask for.
func (w *worker) firstLane() *lane {
	var next *turn
	for _, m := range w.members {
		if turns := m.crew.line.ranked; len(turns) > 0 && (next == nil || turns[0].before(next)) {
			next = turns[0]
		}
	}
	if next == nil {
		return nil
	}
	first := next.lanes[0]
	for _, m := range w.members {
		if turns := m.crew.line.ranked; len(turns) > 0 && turns[0].client == next.client && turns[0].lanes[0].before(first) {
			first = turns[0].lanes[0]
		}
	}
	return first
}

// nextBehind is nextLane where the first task of all does not fit. It goes on with the
// client's other lanes, and then with the next client's.
func (b *Broker) nextBehind(now Instant, w *worker) *lane {
	lines := make([]ranking[*turn], 0, len(w.members))
	for _, m := range w.members {
		lines = append(lines, m.crew.line.ranked)
	}
	looked, seen := 0, make(map[string]bool)
	for turn := range inOrder(lines...) {
		if seen[turn.client] {
			continue
		}
		seen[turn.client] = true
		for l := range inOrder(w.lanesOf(turn.client)...) {
			if w.room(l.needs()) || l.quota.closed(now) != nil {
				return l
			}
			if looked++; looked == lookMax {
				return nil
			}
			b.keep(now, w, l)
		}
	}
	return nil
}

// lanesOf returns the client's lanes in all the lines that the worker serves.
func (w *worker) lanesOf(client string) []ranking[*lane] {
	var lanes []ranking[*lane]
	for _, m := range w.members {
		if t := m.crew.line.turns[client]; t != nil {
			lanes = append(lanes, t.lanes)
		}
	}
	return lanes
}

// needs is what each task of the lane takes of its worker.
func (l *lane) needs() place.Amounts { return l.class.key.demand.needs }

// keep keeps the worker for the lane's first task if that has waited long enough, and
// neither has one yet.
func (b *Broker) keep(now Instant, w *worker, l *lane) {
	t := l.first()
	if w.keeps == nil && b.keepers[t] == nil && now.Mono-l.passedOverSince(now) >= passedOver {
		b.keepers[t], w.keeps = w, t
	}
}

// passedOverSince is the moment from which the lane's first task may have been passed over.
// For a group that is when the last of its members started.
func (l *lane) passedOverSince(now Instant) time.Duration {
	t := l.first()
	since := l.passed.began(now, t.waitingSince())
	if t.stands() && t.group.begun != 0 {
		return max(since, t.group.begun)
	}
	return since
}

// unkeep lets a worker take any task again.
func (b *Broker) unkeep(w *worker) {
	if t := w.keeps; t != nil {
		delete(b.keepers, t)
		w.keeps = nil
	}
}

// unkeepFor lets the worker go that is kept for a task which no longer waits. Refill will
// give it work.
func (b *Broker) unkeepFor(t *task) {
	if w := b.keepers[t]; w != nil {
		b.unkeep(w)
		b.unkept = append(b.unkept, w)
	}
}

// unkeepAll is unkeepFor for all tasks of a lane that is put aside.
func (b *Broker) unkeepAll(l *lane) {
	var kept []*task
	for t := range b.keepers {
		if t.lane == l {
			kept = append(kept, t)
		}
	}
	slices.SortFunc(kept, func(x, y *task) int { return x.ID.Compare(y.ID) })
	for _, t := range kept {
		b.unkeepFor(t)
	}
}

// refill gives work to the workers that were kept, and are no longer.
func (b *Broker) refill(now Instant) {
	for len(b.unkept) > 0 {
		w := b.unkept[0]
		b.unkept = b.unkept[1:]
		b.fill(now, w)
	}
}

// room tells whether the worker has enough left for these needs. A worker that is kept for
// a task gives away neither a resource that the task needs nor its last slot.
func (w *worker) room(needs place.Amounts) bool {
	return w.has(needs) && (w.keeps == nil || w.free() > 1 && !w.keeps.lane.needs().Share(needs))
}

// has tells whether the worker has enough left.
func (w *worker) has(needs place.Amounts) bool {
	_, short := w.left.Short(needs)
	return !short
}
