package broker

import (
	"slices"
	"strings"
)

// classKey is all of a task that decides when it may go and who can take it.
type classKey struct {
	demand *demand
	group  *group // whose members they are; nil for others
	limits string // its limit keys, see limitKeys
}

// class holds the waiting tasks with equal keys: they differ in nothing but whose
// they are and who goes first. It is there while there are such tasks.
type class struct {
	key   classKey
	at    int // its place among the classes of the demand
	lanes map[string]*lane
}

// classKeyOf returns the key of a task's class.
func (b *Broker) classKeyOf(t *task, prefers bool) classKey {
	key := classKey{demand: b.demandOf(t, prefers), limits: limitKeys(t.Spec.LimitKeys)}
	if !t.folded() {
		key.group = t.group
	}
	return key
}

// limitKeys spells a task's limit keys, in whatever order they were given. They
// have no spaces.
func limitKeys(keys []string) string {
	if len(keys) < 2 {
		return strings.Join(keys, "")
	}
	return strings.Join(slices.Sorted(slices.Values(keys)), " ")
}

// openClass makes a class, for its first task.
func (b *Broker) openClass(key classKey) *class {
	d := key.demand
	c := &class{key: key, at: len(d.classes), lanes: make(map[string]*lane)}
	b.classes[c.key] = c
	d.classes = append(d.classes, c)
	b.idle.remove(d)
	return c
}

// closeClass forgets a class whose last task has gone.
func (b *Broker) closeClass(c *class) {
	d := c.key.demand
	delete(b.classes, c.key)
	removeAt(&d.classes, c.at, func(c *class, at int) { c.at = at })
	if len(d.classes) == 0 {
		b.keepIdle(d)
	}
}

// enqueue puts a pending task among those that wait.
func (b *Broker) enqueue(now Instant, t *task, prefers bool) {
	b.enqueueAs(now, t, b.classKeyOf(t, prefers))
}

// enqueueAs is enqueue for a task whose class is known.
func (b *Broker) enqueueAs(now Instant, t *task, key classKey) {
	c := b.classes[key]
	if c == nil {
		c = b.openClass(key)
	}
	b.laneOf(now, c, t).push(t)
	if !t.folded() {
		b.folds.touched = append(b.folds.touched, t)
	}
}

// dequeue takes a pending task out of those that wait, if it is one of them, and
// unfolds it.
func (b *Broker) dequeue(t *task) {
	b.unfold(t)
	l := t.lane
	if l == nil {
		return
	}
	b.unkeepFor(t)
	l.remove(t)
	if l.len() == 0 {
		b.closeLane(l)
	}
}
