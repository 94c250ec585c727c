package broker

import "time"

// line is where lanes wait for the same thing: for a worker of a crew to get free, or for
// a limit to let them go on. The clients take turns in it, so that the many tasks of one
// don't hold up the few of another:
//
//	line: turn of A: lane, lane, ...     A's tasks go in the order of their
//	      turn of B: lane                submits, whatever lanes they are in
//
// A turn ages from the moment in which its client was last served, or began to wait. The
// oldest turn is the next; a step of priority counts as much as a minute of age, and the
// priority of a turn is the highest of all its tasks, not that of the first: that one may
// be first by its age alone. Of two equal turns the one goes first that began to age first.
type line struct {
	turns  map[string]*turn // by client
	ranked ranking[*turn]
}

// turn is a client's place in a line. It exists while lanes of the client stand in the
// line, or belong to it and are aside; it is ranked only while some stand there.
type turn struct {
	client string
	lanes  ranking[*lane] // that stand there
	homes  int            // lanes that belong to the line
	levels levels         // of the priorities of all tasks in the lanes

	inRanking // of the line
	age
}

// age is the moment from which a turn ages: when its client was last served, or began to
// wait.
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

// turnOf returns the turn of a lane's client. If the client has none yet it gets one, as
// old as the lane.
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

// enter makes a lane belong to this line. The lane stands there, too, unless it is aside.
func (q *line) enter(l *lane) {
	l.home = q.turnOf(l)
	l.home.homes++
	if l.by == nil {
		q.stand(l)
	}
}

// leave is the inverse of enter.
func (q *line) leave(l *lane) {
	if l.by == nil {
		q.step(l)
	}
	q.disown(l)
}

// disown makes a lane that doesn't stand in the line no longer belong to it.
func (q *line) disown(l *lane) {
	t := l.home
	t.homes--
	q.forget(t)
	l.home, l.age = nil, t.age
}

// stand has a lane wait in this line.
func (q *line) stand(l *lane) {
	t := q.turnOf(l)
	l.line, l.turn = q, t
	t.lanes.put(l)
	t.levels.addAll(l.levels, +1)
	q.ranked.put(t)
}

// step has a lane wait in this line no longer.
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

// forget drops a turn that has no lanes any more.
func (q *line) forget(t *turn) {
	if t.homes == 0 && len(t.lanes) == 0 {
		delete(q.turns, t.client)
	}
}

// changed takes in that a lane has got (+1) or lost (-1) a task of a priority. Led tells
// whether that task is, or was, the first of the lane.
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
