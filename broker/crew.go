package broker

import (
	"cmp"
	"encoding/binary"
	"slices"

	"bcp/journal"
)

// Who can take a task, and which task goes first, without a look at all of them:
//
//	task --> lane --> class --> demand --> crew <-- member --> worker
//
// A class holds waiting tasks that are alike, with a lane for those of each client. A
// demand is what they ask of a worker, and a crew is the set of all workers that meet it.
// The crew ranks its workers that can take something, the least busy first, and has a
// line of the lanes that wait for them, in which the clients take turns. So a new task
// looks at the first worker of one crew, and a worker that gets free looks at the first
// turn of each crew that it is in. These are few: where a thousand workers all serve the
// same thousand services, there is one crew.

// crew is a set of workers, with all demands that they meet and nobody else does. When a worker
// begins or ceases to meet demands, these move from crew to crew; but if they are all of a
// crew's, and there is none for them to move to, the set changes instead: all workers of a fleet
// may come or leave at once, and most crews have many of them.
type crew struct {
	at      int       // its place among the crews
	members []*member // in order of their workers' numbers
	demands []*demand
	free    ranking[*member] // that can take something
	line    line             // of what waits for them
}

// member is a worker's place in one of its crews.
type member struct {
	worker *worker
	crew   *crew

	inRanking // of the free ones
}

// rank puts the worker in its place among the free ones of the crew, after what it can take
// has changed.
func (m *member) rank() {
	if m.worker.usable() {
		m.crew.free.put(m)
	} else {
		m.crew.free.remove(m)
	}
}

// before orders by free slots, then by who has been idle longest.
func (m *member) before(other *member) bool {
	if a, b := m.worker.free(), other.worker.free(); a != b {
		return a > b
	}
	return m.worker.used < other.worker.used
}

// crewFor returns the crew of the workers that meet a demand.
func (b *Broker) crewFor(d *demand) *crew {
	var fit []*worker
	for _, w := range b.eligible(d) {
		if d.fits(w) {
			fit = append(fit, w)
		}
	}
	return b.crewOf(fit)
}

// eligible returns workers among which all are that meet a demand. For a demand for one
// worker that takes no look at the others.
func (b *Broker) eligible(d *demand) []*worker {
	name := d.key.pinned
	if d.key.target.Kind == journal.ToWorker {
		name = d.key.target.Name
	}
	if name == "" {
		return b.fleet
	}
	if w := b.workers[name]; w != nil && w.number > 0 {
		return []*worker{w}
	}
	return nil
}

// crewOf returns the crew of just these workers, which are in order of their
// numbers.
func (b *Broker) crewOf(workers []*worker) *crew {
	key := crewKey(workers)
	c := b.crewsByKey[key]
	if c != nil {
		return c
	}
	c = &crew{at: len(b.crews)}
	b.crewsByKey[key] = c
	b.crews = append(b.crews, c)
	for i, w := range workers {
		c.take(w, i)
	}
	return c
}

// take adds a worker to the crew, at its place there.
func (c *crew) take(w *worker, at int) {
	m := &member{worker: w, crew: c}
	c.members = slices.Insert(c.members, at, m)
	w.members = append(w.members, m)
	m.rank()
}

// release is the inverse of take.
func (c *crew) release(w *worker) {
	at := slices.IndexFunc(c.members, func(m *member) bool { return m.worker == w })
	m := c.members[at]
	c.free.remove(m)
	c.members = slices.Delete(c.members, at, at+1)
	m.resign()
}

// resign takes the crew out of those of its worker.
func (m *member) resign() {
	w := m.worker
	w.members = slices.DeleteFunc(w.members, func(other *member) bool { return other == m })
}

// crewKey spells a set of workers.
func crewKey(workers []*worker) string {
	key := make([]byte, 0, 4*len(workers))
	for _, w := range workers {
		key = binary.BigEndian.AppendUint32(key, w.number)
	}
	return string(key)
}

func (c *crew) workers() []*worker {
	list := make([]*worker, 0, len(c.members)+1)
	for _, m := range c.members {
		list = append(list, m.worker)
	}
	return list
}

// admit gives the crew a demand, with what waits for it.
func (c *crew) admit(d *demand) {
	d.crew, d.at = c, len(c.demands)
	c.demands = append(c.demands, d)
	for _, class := range d.classes {
		for _, l := range class.lanes {
			c.line.enter(l)
		}
	}
}

// part takes a demand out of its crew. A crew without demands is disbanded.
func (b *Broker) part(d *demand) {
	c := d.crew
	for _, class := range d.classes {
		for _, l := range class.lanes {
			c.line.leave(l)
		}
	}
	removeAt(&c.demands, d.at, func(d *demand, at int) { d.at = at })
	if len(c.demands) == 0 {
		b.disband(c)
	}
}

func (b *Broker) disband(c *crew) {
	delete(b.crewsByKey, crewKey(c.workers()))
	removeAt(&b.crews, c.at, func(c *crew, at int) { c.at = at })
	for _, m := range c.members {
		m.resign()
	}
}

// enlist puts a worker into the crews of the demands that it meets now, and takes it out of
// all others.
func (b *Broker) enlist(w *worker) {
	if w.number == 0 {
		b.enlisted++
		w.number = b.enlisted
		b.fleet = append(b.fleet, w)
	}
	b.regroup(w, func(d *demand) bool { return d.fits(w) })
}

// discharge takes a worker out of all its crews.
func (b *Broker) discharge(w *worker) {
	if i := slices.Index(b.fleet, w); i >= 0 {
		b.fleet = slices.Delete(b.fleet, i, i+1)
		b.regroup(w, func(*demand) bool { return false })
	}
}

// regroup moves each demand that a worker has begun or ceased to meet: to the crew that has
// this worker as well, or that lacks it. See crew.
func (b *Broker) regroup(w *worker, meets func(*demand) bool) {
	has := make(map[*crew]bool, len(w.members))
	for _, m := range w.members {
		has[m.crew] = true
	}
	for _, c := range slices.Clone(b.crews) {
		var moved []*demand
		for _, d := range c.demands {
			if meets(d) != has[c] {
				moved = append(moved, d)
			}
		}
		if len(moved) == 0 {
			continue
		}
		workers := toggled(c.workers(), w)
		if len(moved) == len(c.demands) && b.crewsByKey[crewKey(workers)] == nil {
			b.become(c, w, workers)
			continue
		}
		to := b.crewOf(workers)
		for _, d := range moved {
			b.part(d)
			to.admit(d)
		}
	}
}

// become makes a crew that of other workers, of whom one is new, or is not one any more.
func (b *Broker) become(c *crew, w *worker, workers []*worker) {
	delete(b.crewsByKey, crewKey(c.workers()))
	b.crewsByKey[crewKey(workers)] = c
	if at := slices.Index(workers, w); at >= 0 {
		c.take(w, at)
	} else {
		c.release(w)
	}
}

// toggled adds the worker to a set, or takes it out.
func toggled(workers []*worker, w *worker) []*worker {
	i, found := slices.BinarySearchFunc(workers, w.number, func(w *worker, number uint32) int {
		return cmp.Compare(w.number, number)
	})
	if found {
		return slices.Delete(workers, i, i+1)
	}
	return slices.Insert(workers, i, w)
}
