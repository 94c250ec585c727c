package broker

import "bcp/journal"

// limitRef names a limit.
type limitRef struct {
	scope journal.LimitScope
	name  string
}

// limiter counts the attempts of one service, client or limit key that are out, and has
// the lanes that it keeps from going. It exists while it counts something, or while an
// operator has set a limit.
//
//	worker: the next lane --> is one of its limiters closed? -- no --> dispatch: counted by all
//	                                |                                      |
//	                               yes                                     | the attempt is over
//	                                v                                      v
//	                          aside, in the limiter's line <-- woken --- taken back
//
// A lane that is aside costs nothing until the limiter wakes it: when an attempt is over,
// when the rate allows the next one, or when somebody has changed the limit. The lanes of
// one limiter are woken in the same order in which workers serve lanes: clients take turns.
type limiter struct {
	ref    limitRef
	set    journal.Limit // what an operator has set
	out    int           // attempts that count
	lanes  int           // whose tasks count when they are dispatched
	aside  []*asideLine  // none is empty; the highest bound first
	freed  bool          // it is among those that may wake somebody
	bucket               // for its rate
	timer  timer         // when the rate allows the next one
}

// asideLine is a line of lanes that may go when fewer attempts than its bound are out.
type asideLine struct {
	bound uint32 // 0 if only the rate keeps them
	line
}

// share is one of the limiters that count a task's attempts, with how many may be out at a
// time by the task's own options; 0 if it doesn't say.
type share struct {
	*limiter
	own uint32
}

// bound is how many attempts may be out at a time: as the operator says, or else as the
// task does; 0 for any number.
func (s share) bound() uint32 {
	if s.set.Running > 0 {
		return s.set.Running
	}
	return s.own
}

// full tells whether as many attempts are out as may be.
func (s share) full() bool { return s.bound() > 0 && s.out >= int(s.bound()) }

// closed tells whether no attempt may go now.
func (s share) closed(now Instant) bool { return s.full() || !s.pays(now) }

// quota is all that counts a task's attempts.
type quota struct{ shares []share }

// closed returns the first that lets no attempt go now, or nil.
func (q *quota) closed(now Instant) *share {
	for i := range q.shares {
		if q.shares[i].closed(now) {
			return &q.shares[i]
		}
	}
	return nil
}

// limiterOf returns a limiter, which is made if there is none.
func (b *Broker) limiterOf(scope journal.LimitScope, name string) *limiter {
	ref := limitRef{scope, name}
	l := b.limits[ref]
	if l == nil {
		l = &limiter{ref: ref}
		b.limits[ref] = l
	}
	return l
}

// forgetIdle forgets a limiter that counts nothing and that nobody has set.
func (b *Broker) forgetIdle(l *limiter) {
	if l.out == 0 && l.lanes == 0 && !l.set.Set() {
		b.disarm(&l.timer)
		delete(b.limits, l.ref)
	}
}

// quotaOf returns the limiters that count the task's attempts, and makes those that don't
// exist. The caller has to count a lane or an attempt with them: a limiter that counts
// nothing is forgotten.
func (b *Broker) quotaOf(t *task) *quota {
	shares := make([]share, 0, 2+len(t.Spec.LimitKeys))
	if t.Spec.Target.Kind == journal.ToService {
		shares = append(shares, share{limiter: b.limiterOf(journal.LimitService, t.Spec.Target.Name)})
	}
	shares = append(shares, share{limiter: b.limiterOf(journal.LimitClient, t.Spec.ClientName())})
	for _, key := range t.Spec.LimitKeys {
		name, own := journal.ParseLimitKey(key)
		shares = append(shares, share{b.limiterOf(journal.LimitKey, name), own})
	}
	if !t.folded() && t.group != nil {
		shares = append(shares, share{&t.group.limiter, t.group.whole.Spec.ArrayRunning})
	}
	return &quota{shares}
}

// countLane counts a lane that is there (+1) or goes (-1).
func (b *Broker) countLane(l *lane, by int) {
	for _, s := range l.quota.shares {
		s.lanes += by
		b.forgetIdle(s.limiter)
	}
}

// countOut counts an attempt that goes out, with what its task is counted by.
func (b *Broker) countOut(t *task, q *quota) {
	t.quota = q
	for _, s := range q.shares {
		s.out++
	}
}

// countBack counts an attempt that is over.
func (b *Broker) countBack(t *task) {
	for _, s := range t.quota.shares {
		s.out--
		b.markFreed(s.limiter)
		b.forgetIdle(s.limiter)
	}
	t.quota = nil
}

// markFreed notes that a limiter may let somebody go on; reopen looks at it.
func (b *Broker) markFreed(l *limiter) {
	if !l.freed && len(l.aside) > 0 {
		l.freed = true
		b.freed = append(b.freed, l)
	}
}

// setLimit takes in what an operator has set; part of apply.
func (b *Broker) setLimit(set *journal.Limit) {
	l := b.limiterOf(set.Scope, set.Name)
	l.set = *set
	b.forgetIdle(l)
}

// limitChanged lets all that a limit keeps aside try again.
func (b *Broker) limitChanged(now Instant, before, after *journal.Limit) {
	l := b.limits[limitRef{after.Scope, after.Name}]
	if l == nil {
		return
	}
	l.change(now, before, after)
	b.disarm(&l.timer)
	var woken []*lane
	for len(l.aside) > 0 {
		woken = append(woken, b.wake(l.aside[0]))
	}
	for _, lane := range woken {
		b.serveLane(now, lane)
	}
	b.refill(now)
}
