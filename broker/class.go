package broker

// classKey is all of a task that decides when it may go and who can take it.
type classKey struct {
	demand *demand
}

// class holds the waiting tasks with equal keys: they differ in nothing but who
// goes first. It is there while there are such tasks.
type class struct {
	key   classKey
	at    int // its place among the classes of the demand
	tasks ranking[*task]
	index int // among the waiting classes of its crew, from 1; 0 while it is in none
}

// classOf returns the class of a task with the demand, nil if none of it waits.
func (b *Broker) classOf(d *demand) *class { return b.classes[classKey{demand: d}] }

// openClass makes a class, for its first task.
func (b *Broker) openClass(d *demand) *class {
	c := &class{key: classKey{demand: d}, at: len(d.classes)}
	b.classes[c.key] = c
	d.classes = append(d.classes, c)
	b.idle.remove(d)
	return c
}

// closeClass forgets a class whose last task has gone.
func (b *Broker) closeClass(c *class) {
	d := c.key.demand
	delete(b.classes, c.key)
	removeAt(&d.classes, c.at)
	if c.at < len(d.classes) {
		d.classes[c.at].at = c.at
	}
	if len(d.classes) == 0 {
		b.keepIdle(d)
	}
}

// first is the task of the class that goes first.
func (c *class) first() *task { return c.tasks[0] }

// rank puts the class to its place in its crew, after a change of its tasks.
func (c *class) rank() {
	if waiting := &c.key.demand.crew.waiting; len(c.tasks) > 0 {
		waiting.put(c)
	} else {
		waiting.remove(c)
	}
}

// before orders by the tasks that go first.
func (c *class) before(other *class) bool { return c.first().before(other.first()) }

func (c *class) slot() *int { return &c.index }

// enqueue puts a pending task among those that wait.
func (b *Broker) enqueue(t *task) {
	d := b.demandOf(t)
	c := b.classOf(d)
	if c == nil {
		c = b.openClass(d)
	}
	t.class = c
	c.tasks.put(t)
	c.rank()
}

// dequeue takes a pending task out of those that wait, if it is one of them.
func (b *Broker) dequeue(t *task) {
	c := t.class
	if c == nil {
		return
	}
	t.class = nil
	c.tasks.remove(t)
	c.rank()
	if len(c.tasks) == 0 {
		b.closeClass(c)
	}
}

// removeAt takes one out of a list whose order doesn't matter: the last comes to
// its place.
func removeAt[T any](list *[]T, i int) {
	last := len(*list) - 1
	(*list)[i] = (*list)[last]
	clear((*list)[last:])
	*list = (*list)[:last]
}
