package broker

import (
	"cmp"
	"slices"
)

// setAside moves a lane from its crew's line to that of a limit that is closed.
func (b *Broker) setAside(l *lane, by *share) {
	b.unkeepAll(l)
	l.line.step(l)
	bound := by.bound()
	i, found := slices.BinarySearchFunc(by.aside, bound, func(a *asideLine, bound uint32) int {
		return cmp.Compare(bound, a.bound)
	})
	if !found {
		by.aside = slices.Insert(by.aside, i, &asideLine{bound: bound})
	}
	by.aside[i].stand(l)
	l.by = by.limiter
	if !by.full() { // it is the rate: the time will come of itself
		b.arm(&by.timer, by.limiter, by.from())
	}
}

// stepOut takes a lane out of the line in which it stands, aside or not.
func (l *lane) stepOut() {
	q, by := l.line, l.by
	q.step(l)
	l.by = nil
	if by != nil && len(q.ranked) == 0 {
		by.aside = slices.DeleteFunc(by.aside, func(a *asideLine) bool { return &a.line == q })
	}
}

// wake lets the lane whose turn it is in a limit's line come back to its crew.
func (b *Broker) wake(from *asideLine) *lane {
	next := from.ranked[0].lanes[0]
	next.stepOut()
	next.crew().line.stand(next)
	return next
}

// due wakes lanes for what the rate allows now.
func (l *limiter) due(b *Broker, now Instant) {
	b.markFreed(l)
	b.reopen(now)
	b.refill(now)
}

// reopen wakes lanes that may go on, of all limiters from which that may be.
func (b *Broker) reopen(now Instant) {
	for len(b.freed) > 0 && !b.stopping {
		l := popLast(&b.freed)
		l.freed = false
		b.reopenOne(now, l)
	}
}

// reopenOne wakes one lane after another until the limiter is closed again. Each has
// a worker at once if one is free; else it waits for it with the others of its crew.
func (b *Broker) reopenOne(now Instant, l *limiter) {
	for len(l.aside) > 0 {
		first := l.aside[0]
		s := share{l, first.bound}
		if s.full() {
			return
		}
		if !s.pays(now) {
			b.arm(&l.timer, l, l.from())
			return
		}
		b.serveLane(now, b.wake(first))
	}
}

// serveLane has free workers take the tasks that go first, each time the least busy one, for
// as long as one of these tasks may be the lane's.
func (b *Broker) serveLane(now Instant, l *lane) {
	for l.line != nil && l.by == nil {
		if w := b.pick(l.class.key.demand); w == nil || !b.serveWorker(now, w) {
			return
		}
	}
}
