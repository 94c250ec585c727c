package broker

// lane holds the tasks of a class that are one client's, in the order in which
// they go. It is there while there are such tasks. It belongs to the line of the crew
// that can take them, and stands there, or aside in that of a limit that is closed.
type lane struct {
	class  *class
	client string
	quota  *quota // that counts its tasks when they are dispatched
	tasks  ranking[*task]
	levels levels   // of the tasks' priorities
	home   *turn    // its client's in the line that it belongs to
	line   *line    // in which it stands
	turn   *turn    // its client's there
	index  int32    // there, from 1
	by     *limiter // that keeps it aside, nil while nothing does
	age             // when it began to wait or was last served: for a turn in the next line that it comes to
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

// first is the task of the lane that goes first.
func (l *lane) first() *task { return l.tasks[0] }

// push puts a task into the lane, and the lane into the line of its crew when it
// is the first.
func (l *lane) push(t *task) {
	t.lane = l
	l.tasks.put(t)
	l.class.tasks++
	l.levels.add(t.Spec.Priority, +1)
	if l.line == nil {
		l.crew().line.enter(l)
	} else {
		l.line.changed(l, t.Spec.Priority, +1)
	}
}

// moved puts a task of the lane to its place, after its turn has changed.
func (l *lane) moved(t *task) {
	l.tasks.put(t)
	l.turn.lanes.put(l)
}

// remove takes a task out of the lane, and the lane out of its line when it was
// the last.
func (l *lane) remove(t *task) {
	t.lane = nil
	l.class.tasks--
	if len(l.tasks) == 1 {
		l.stepOut()
		l.crew().line.disown(l)
	}
	l.tasks.remove(t)
	l.levels.add(t.Spec.Priority, -1)
	if len(l.tasks) > 0 {
		l.line.changed(l, t.Spec.Priority, -1)
	}
}

// before orders the lanes of one client by the tasks that go first.
func (l *lane) before(other *lane) bool { return l.first().before(other.first()) }

func (l *lane) slot() *int32 { return &l.index }
