package broker

import "time"

// line is where lanes wait for the same thing: that a worker of a crew gets free, or
// that a limit lets one go. It serves clients by turns, so that the many tasks of one
// don't stand before the few of another:
//
//	line: turn of A: lane, lane, ...     A's tasks go in the order of their
//	      turn of B: lane                submits, whatever lanes they are in
//
// A turn ages from when its client was last served, or began to wait. The oldest
// is the next, but a step of priority counts as much as a minute; a client's
// priority is the highest of all its tasks in the line, for one that is first in
// its order may be so by its age alone. Of equal turns that goes first which began
// to age first.
type line struct {
	turns  map[string]*turn // by client
	ranked ranking[*turn]
}

// turn is a client's place in a line. It is there while lanes of the client stand in
// the line, or belong to it and are aside; it is ranked while some stand there.
type turn struct {
	client string
	lanes  ranking[*lane] // that stand there
	homes  int            // lanes that belong to the line
	levels levels         // of the priorities of all tasks in the lanes
	index  int32          // in its line, from 1
	age
}

// age is from when a turn ages: its client was served then, or began to wait.
type age struct {
	since time.Duration
	order uint64 // of those that age from the same moment
}

// newAge is that of what begins to age now.
func (b *Broker) newAge(now Instant) age {
	b.uses++
	return age{now.Mono, b.uses}
}

// ageing is how long a turn waits for one step of priority.
const ageing = ageingMS * time.Millisecond

// due is when the turn would have begun to age if its priority were 0.
func (t *turn) due() time.Duration { return t.since - time.Duration(t.levels.top())*ageing }

// before orders by age and priority.
func (t *turn) before(other *turn) bool {
	if a, b := t.due(), other.due(); a != b {
		return a < b
	}
	return t.order < other.order
}

func (t *turn) slot() *int32 { return &t.index }

// turnOf returns the turn of a lane's client. It is as old as the lane, if the
// client has none yet.
func (q *line) turnOf(l *lane) *turn {
	t := q.turns[l.client]
	if t == nil {
		if q.turns == nil {
			q.turns = make(map[string]*turn)
		}
		t = &turn{client: l.client, age: l.age}
		q.turns[l.client] = t
	}
	return t
}

// enter makes the line the one that a lane belongs to, and lets it stand there
// unless it is aside.
func (q *line) enter(l *lane) {
	l.home = q.turnOf(l)
	l.home.homes++
	if l.by == nil {
		q.stand(l)
	}
}

// leave lets a lane go that belongs to the line.
func (q *line) leave(l *lane) {
	if l.by == nil {
		q.step(l)
	}
	q.disown(l)
}

// disown has a lane belong to the line no more; it doesn't stand there.
func (q *line) disown(l *lane) {
	t := l.home
	t.homes--
	q.forget(t)
	l.home, l.age = nil, t.age
}

// stand lets a lane wait here.
func (q *line) stand(l *lane) {
	t := q.turnOf(l)
	l.line, l.turn = q, t
	t.lanes.put(l)
	t.levels.addAll(l.levels, +1)
	q.ranked.put(t)
}

// step lets a lane wait here no more.
func (q *line) step(l *lane) {
	t := l.turn
	l.line, l.turn = nil, nil
	t.lanes.remove(l)
	t.levels.addAll(l.levels, -1)
	if len(t.lanes) == 0 {
		q.ranked.remove(t)
		q.forget(t)
	} else {
		q.ranked.put(t)
	}
}

// forget drops a turn that is nobody's any more.
func (q *line) forget(t *turn) {
	if t.homes == 0 && len(t.lanes) == 0 {
		delete(q.turns, t.client)
	}
}

// changed takes in that a task of a priority has come to a lane (+1) or gone (-1); led
// tells whether it went first there, or does.
func (q *line) changed(l *lane, priority int32, by int, led bool) {
	t := l.turn
	if led {
		t.lanes.put(l)
	}
	if top := t.levels.top(); t.levels.add(priority, by) != top {
		q.ranked.put(t)
	}
}

// serve takes in that a client was served: its turn begins to age.
func (q *line) serve(client string, from age) {
	t := q.turns[client]
	if t == nil {
		return
	}
	t.age = from
	if len(t.lanes) > 0 {
		q.ranked.put(t)
	}
}
