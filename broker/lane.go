package broker

// lane holds the tasks of a class that are one client's, in the order in which
// they go. It is there while there are such tasks, and stands in one line: that
// of the crew that can take them.
type lane struct {
	class  *class
	client string
	tasks  ranking[*task]
	levels levels // of the tasks' priorities
	line   *line
	turn   *turn // its client's in the line
	index  int32 // there, from 1
	age          // of its turn, for the next line that it comes to
}

// laneOf returns a client's lane in a class.
func (b *Broker) laneOf(now Instant, c *class, client string) *lane {
	l := c.lanes[client]
	if l == nil {
		l = &lane{class: c, client: client, age: b.newAge(now)}
		c.lanes[client] = l
	}
	return l
}

// closeLane forgets a lane whose last task has gone.
func (b *Broker) closeLane(l *lane) {
	delete(l.class.lanes, l.client)
	if len(l.class.lanes) == 0 {
		b.closeClass(l.class)
	}
}

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
		l.class.key.demand.crew.line.admit(l)
	} else {
		l.line.changed(l, t.Spec.Priority, +1)
	}
}

// remove takes a task out of the lane, and the lane out of its line when it was
// the last.
func (l *lane) remove(t *task) {
	t.lane = nil
	l.tasks.remove(t)
	l.class.tasks--
	if len(l.tasks) == 0 {
		l.line.part(l)
		return
	}
	l.levels.add(t.Spec.Priority, -1)
	l.line.changed(l, t.Spec.Priority, -1)
}

// before orders the lanes of one client by the tasks that go first.
func (l *lane) before(other *lane) bool { return l.first().before(other.first()) }

func (l *lane) slot() *int32 { return &l.index }
