package broker

import "time"

// line is where lanes wait for the same thing: that a worker of a crew gets free.
// It serves clients by turns, so that the many tasks of one don't stand before
// the few of another:
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

// turn is a client's place in a line. It is there while the client has lanes in it.
type turn struct {
	client string
	lanes  ranking[*lane]
	levels levels // of the priorities of all tasks in the lanes
	index  int32  // in its line, from 1
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

// admit takes in a lane that has tasks. Its client's turn is as old as the lane,
// if it has none yet.
func (q *line) admit(l *lane) {
	t := q.turns[l.client]
	if t == nil {
		if q.turns == nil {
			q.turns = make(map[string]*turn)
		}
		t = &turn{client: l.client, age: l.age}
		q.turns[l.client] = t
	}
	l.line, l.turn = q, t
	t.lanes.put(l)
	t.levels.addAll(l.levels, +1)
	q.ranked.put(t)
}

// part lets a lane go.
func (q *line) part(l *lane) {
	t := l.turn
	l.line, l.turn, l.age = nil, nil, t.age
	t.lanes.remove(l)
	if len(t.lanes) == 0 {
		q.ranked.remove(t)
		delete(q.turns, t.client)
		return
	}
	t.levels.addAll(l.levels, -1)
	q.ranked.put(t)
}

// changed puts a lane to its place after a task of a priority has come (+1) or
// gone (-1).
func (q *line) changed(l *lane, priority int32, by int) {
	t := l.turn
	t.lanes.put(l)
	if top := t.levels.top(); t.levels.add(priority, by) != top {
		q.ranked.put(t)
	}
}

// serve takes in that a client was served: its turn begins to age.
func (q *line) serve(client string, from age) {
	if t := q.turns[client]; t != nil {
		t.age = from
		q.ranked.put(t)
	}
}
