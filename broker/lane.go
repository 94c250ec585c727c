package broker

// lane holds the tasks of a class that are one client's, in the order in which
// they go. It is there while there are such tasks. It belongs to the line of the crew
// that can take them, and stands there, or aside in that of a limit that is closed.
type lane struct {
	class  *class
	client string
	quota  *quota // that counts its tasks when they are dispatched
	tasks  sorted
	whole  *task    // the group whose members they are, while some have not started; nil for others
	lead   going    // of the task that goes first
	passed moment   // from which that may have been passed over
	levels levels   // of the tasks' priorities
	home   *turn    // its client's in the line that it belongs to
	line   *line    // in which it stands
	turn   *turn    // its client's there
	by     *limiter // that keeps it aside, nil while nothing does

	inRanking // of its client's lanes there
	age       // when it began to wait or was last served: for a turn in the next line that it comes to
}

// laneOf returns the lane of a task in its class.
func (b *Broker) laneOf(now Instant, c *class, t *task) *lane {
	client := t.Spec.ClientName()
	l := c.lanes[client]
	if l == nil {
		l = &lane{class: c, client: client, quota: b.quotaOf(t), age: b.newAge(now)}
		c.lanes[client] = l
		b.countLane(l, +1)
	}
	return l
}

// closeLane forgets a lane whose last task has gone.
func (b *Broker) closeLane(l *lane) {
	b.countLane(l, -1)
	delete(l.class.lanes, l.client)
	if len(l.class.lanes) == 0 {
		b.closeClass(l.class)
	}
}

// crew is that of the workers that can take the lane's tasks.
func (l *lane) crew() *crew { return l.class.key.demand.crew }

// len counts the tasks of the lane.
func (l *lane) len() int {
	if l.whole != nil {
		return l.tasks.len + 1
	}
	return l.tasks.len
}

// first is the task of the lane that goes first.
func (l *lane) first() *task {
	if l.tasks.len == 0 || l.whole != nil && l.whole.before(l.tasks.first()) {
		return l.whole
	}
	return l.tasks.first()
}

// push puts a task into the lane, and the lane into the line of its crew when it
// is the first. A group stands beside the others: its turn changes with each of its
// members.
func (l *lane) push(t *task) {
	t.lane = l
	if t.stands() {
		l.whole = t
	} else {
		l.tasks.add(t)
	}
	l.levels.add(t.Spec.Priority, +1)
	if l.first() == t {
		l.lead = t.going()
	}
	if l.line == nil {
		l.crew().line.enter(l)
	} else {
		l.line.changed(l, t.Spec.Priority, +1, l.first() == t)
	}
}

// moved takes in that the lane's group has another turn.
func (l *lane) moved() {
	l.lead = l.first().going()
	l.turn.lanes.put(l)
}

// remove takes a task out of the lane, and the lane out of its line when it was
// the last.
func (l *lane) remove(t *task) {
	led := l.first() == t
	t.lane = nil
	if l.len() == 1 {
		l.stepOut()
		l.crew().line.disown(l)
	}
	if t == l.whole {
		l.whole = nil
	} else {
		l.tasks.remove(t)
	}
	l.levels.add(t.Spec.Priority, -1)
	if l.len() == 0 {
		return
	}
	if led {
		l.lead = l.first().going()
	}
	l.line.changed(l, t.Spec.Priority, -1, led)
}

// before orders the lanes of one client by the tasks that go first.
func (l *lane) before(other *lane) bool { return l.lead.before(&other.lead) }

// ahead counts the tasks of the lane that go before one, which may be in it or not.
func (l *lane) ahead(t *task) int {
	n := l.tasks.ahead(t)
	if l.whole != nil && l.whole.before(t) {
		n++
	}
	return n
}

// firstOnes returns the tasks of the lane that go first, in order, and at most one more
// than so many.
func (l *lane) firstOnes(most int) []*task {
	first := l.tasks.firstOnes(most)
	if l.whole != nil {
		first = append(first, l.whole)
	}
	return first
}
