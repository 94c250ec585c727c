package broker

import "bcp/journal"

// list is a chain of tasks through their own links: the attempts of a worker.
type list struct {
	head, tail *task
	len        int
}

// push appends a task.
func (l *list) push(t *task) {
	t.prev, t.next = l.tail, nil
	if l.tail == nil {
		l.head = t
	} else {
		l.tail.next = t
	}
	l.tail = t
	l.len++
}

// remove takes out a task that is in the list.
func (l *list) remove(t *task) {
	if t.prev == nil {
		l.head = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next == nil {
		l.tail = t.prev
	} else {
		t.next.prev = t.prev
	}
	t.prev, t.next = nil, nil
	l.len--
}

// snapshot copies the list, for work that changes it.
func (l *list) snapshot() []*task {
	tasks := make([]*task, 0, l.len)
	for t := l.head; t != nil; t = t.next {
		tasks = append(tasks, t)
	}
	return tasks
}

// ageingMS is how long a task waits for one step of priority: so nothing starves,
// and the order of two tasks never changes.
const ageingMS = 60_000

// before tells which of two tasks goes first: by priority and age, and of equal
// ones in the order of their submits.
func (t *task) before(other *task) bool {
	if a, b := t.rank(), other.rank(); a != b {
		return a < b
	}
	return t.going().Compare(other.going()) < 0
}

// stands tells whether the task stands for the next of its members.
func (t *task) stands() bool { return !t.folded() && t.Tally != nil }

// going is the ID of the task that goes when it is this one's turn.
func (t *task) going() journal.ID {
	if t.stands() {
		return t.group.at(t.Tally.Next)
	}
	return t.ID
}

func (t *task) slot() *int32 { return &t.place }

// rank takes a task's age from its ID: that time never goes back, as the wall
// clock may.
func (t *task) rank() int64 { return int64(t.ID.Time()) - int64(t.Spec.Priority)*ageingMS }

// parked tells whether a pending task may not be dispatched yet: somebody put it
// aside, it waits for others, or its time has not come.
func (t *task) parked(now Instant) bool {
	return t.Held || len(t.Waits) > 0 || t.NotBeforeMS > now.WallMS || t.keptBack()
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
	return t.Spec.Prefer != "" && now.WallMS-t.waitingSince() < t.Spec.PreferForMS
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
