package broker

import "bcp/journal"

// ageingMS is how long a task waits for one step of priority: so nothing starves,
// and the order of two tasks never changes.
const ageingMS = 60_000

// going is a task's turn among the tasks of a client.
type going struct {
	rank int64
	id   journal.ID // of the task that goes when it is its turn
}

// before tells which of two goes first: by priority and age, and of equal ones in the
// order of their submits.
func (g *going) before(other *going) bool {
	if g.rank != other.rank {
		return g.rank < other.rank
	}
	return g.id.Compare(other.id) < 0
}

// before tells which of two tasks goes first.
func (t *task) before(other *task) bool {
	g, o := t.going(), other.going()
	return g.before(&o)
}

// stands tells whether the task stands for the next of its members.
func (t *task) stands() bool { return !t.folded() && t.Tally != nil }

// going is the task's turn; a group's is that of the next of its members.
func (t *task) going() going {
	if t.stands() {
		return going{t.rank(), t.group.at(t.Tally.Next)}
	}
	return going{t.rank(), t.ID}
}

// rank takes a task's age from its ID: that time never goes back, as the wall
// clock may.
func (t *task) rank() int64 { return int64(t.ID.Time()) - int64(t.Spec.Priority)*ageingMS }

// parked tells whether a pending task may not be dispatched yet: somebody put it
// aside, it waits for others, or its time has not come.
func (t *task) parked(now Instant) bool {
	return t.comes(now) > now.Mono || t.Held || len(t.Waits) > 0 || t.keptBack()
}

// waitingSince is from when a pending task could be dispatched, in Unix
// milliseconds.
func (t *task) waitingSince() int64 {
	if t.folded() {
		return int64(t.ID.Time())
	}
	return max(t.PendingMS, t.NotBeforeMS)
}

// prefers tells whether a pending task still waits for a worker that it prefers.
func (t *task) prefers(now Instant) bool {
	return t.Spec.Prefer != "" && now.Mono-t.waitsFrom(now) < msDuration(t.Spec.PreferForMS)
}

// choosy tells whether a task waits where only workers that it prefers are.
func (t *task) choosy() bool { return t.lane != nil && t.lane.class.key.demand.key.prefer != "" }

// arrive takes in a task that has become pending.
func (b *Broker) arrive(now Instant, t *task) {
	if t.parked(now) {
		b.schedule(now, t)
	} else {
		b.offer(now, t)
	}
}
