package broker

import (
	"cmp"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/place"
)

// A task's way to a worker:
//
//	setOut --> await --> arrive --> it is parked: its deadline, or the end of others, lets it arrive
//	                       |
//	                       v
//	                     offer --> a worker has room: dispatch
//	                       |
//	                       v
//	                    enqueue --> a worker gets room: fill --> next --> take --> dispatch

// offer gives a task that may be dispatched to a worker, or lets it wait. While others
// of its class wait there is no free worker, or a limit keeps them, and it waits with
// them.
func (b *Broker) offer(now Instant, t *task) {
	b.offerAs(now, t, t.prefers(now))
}

// offerAs is offer for a task that prefers some workers, or does not any more.
func (b *Broker) offerAs(now Instant, t *task, prefers bool) {
	if t.Tally != nil {
		b.offerGroup(now, t.group, prefers)
		return
	}
	if b.miss(now, t) {
		return
	}
	key := b.classKeyOf(t, prefers)
	w := b.pick(key.demand)
	if w != nil && b.classes[key] == nil && b.offerTo(now, t, w, key.demand) {
		return
	}
	b.enqueueAs(now, t, key)
	if l := t.lane; w != nil {
		b.reopen(now)
		b.serveLane(now, l)
		b.refill(now)
	}
	if t.lane != nil {
		b.schedule(now, t)
	}
}

// offerTo gives a task to a worker unless a limit keeps it, and tells whether it did.
func (b *Broker) offerTo(now Instant, t *task, w *worker, d *demand) bool {
	q := b.quotaOf(t)
	if q.closed(now) != nil {
		return false // it is counted when it waits
	}
	b.countOut(t, q)
	b.dispatch(now, t, w, d.needs)
	if b.lendWorker(now, t) {
		b.fill(now, w)
	}
	return true
}

// offerToAny offers a task that has waited long enough for a worker that it prefers
// to all that will do.
func (b *Broker) offerToAny(now Instant, t *task) {
	b.dequeue(t)
	b.offerAs(now, t, false)
	b.refill(now)
}

// pick returns the worker that a task with the demand goes to now, or nil: of those
// that meet it and have room, the one with most free slots, then longest idle.
func (b *Broker) pick(d *demand) *worker {
	free := d.crew.free
	switch {
	case b.stopping || len(free) == 0:
		return nil
	case free[0].worker.room(d.needs): // without a look at any other
		return free[0].worker
	}
	for m := range inOrder(free) {
		if m.worker.room(d.needs) {
			return m.worker
		}
	}
	return nil
}

// fill gives a worker the first of the tasks that wait for it, as many as it
// has room for. What an attempt that is over has kept aside comes back before.
func (b *Broker) fill(now Instant, w *worker) {
	b.reopen(now)
	for b.serveWorker(now, w) {
	}
	b.refill(now)
}

// serveWorker gives a worker the first of the tasks that wait for it. It tells whether
// there was one, and room.
func (b *Broker) serveWorker(now Instant, w *worker) bool {
	if b.stopping || !w.usable() {
		return false
	}
	t := b.next(now, w)
	if t == nil {
		return false
	}
	b.unfold(t)
	b.countOut(t, t.lane.quota)
	t.lane.age = b.newAge(now)
	needs := t.lane.needs()
	t = b.take(now, t)
	b.dispatch(now, t, w, needs)
	b.lendWorker(now, t)
	return true
}

// take takes a task that is counted out of those that wait; instead of a group, the
// next of its members.
func (b *Broker) take(now Instant, t *task) *task {
	if !t.stands() {
		b.dequeue(t)
		return t
	}
	b.unkeepFor(t)
	member := b.begin(now, t.group, t.Tally.Next)
	member.quota, t.quota = t.quota, nil
	return member
}

// serveTurn takes in that the worker takes a task: in all lines that the worker
// serves, and in those of the limits that the task counts for, its client has had
// its turn.
func (b *Broker) serveTurn(now Instant, t *task, w *worker) {
	from, client := b.newAge(now), t.Spec.ClientName()
	for _, m := range w.members {
		m.crew.line.serve(client, from)
	}
	for _, s := range t.quota.shares {
		s.pay(now)
		for _, a := range s.aside {
			a.serve(client, from)
		}
	}
}

// dispatch journals the next attempt and gives it to the worker, of which it takes what
// it needs.
func (b *Broker) dispatch(now Instant, t *task, w *worker, needs place.Amounts) {
	b.recordOf(now, t, journal.Record{
		Task: t.ID, Kind: journal.KindDispatch, Attempt: t.Attempt + 1, Worker: w.name,
	})
	b.stats.Attempts++
	b.serveTurn(now, t, w)
	b.assign(t, w, needs)
	w.seq++
	t.seq, t.instance, t.word, t.extended = w.seq, w.instance, nil, nil
	t.again, t.heldBack, t.passedOn = false, false, 0
	b.schedule(now, t)
	b.sendDispatch(now, t)
}

// sendDispatch gives the current attempt to its worker.
func (b *Broker) sendDispatch(now Instant, t *task) {
	t.sent = now.Mono
	load := LoadBody
	if t.Checkpoint != nil {
		load = LoadAttempt
	}
	b.sendLoaded(t.worker.peer, &wire.Dispatch{
		Ref: t.ref(), Seq: t.seq, Service: cmp.Or(t.Spec.Target.Name, t.worker.name), Argv: t.Spec.Argv,
		RunTimeoutMS: t.Spec.RunTimeoutMS, GraceMS: t.Spec.CancelGraceMS, Member: t.Member,
		SilenceTimeoutMS: t.Spec.SilenceTimeoutMS,
	}, load, t.ID)
}

// assign notes that a worker has a task's attempt, and what that takes of it.
func (b *Broker) assign(t *task, w *worker, needs place.Amounts) {
	t.worker, t.needs = w, needs
	w.attempts.push(t)
	w.left.Add(needs, -1)
	b.touch(w)
}

// freeSlot frees the slot of an attempt that is over.
func (b *Broker) freeSlot(t *task) {
	w := t.worker
	b.unassign(t)
	b.touch(w)
	if !w.live && w.idle() {
		b.forgetWorker(w)
	}
}

// refillSlot is freeSlot and fill. A worker that had no room has none again if it takes
// something at once: it is put to its place in its crews only if it doesn't. A lane
// that comes back from a limit looks for it there, before.
func (b *Broker) refillSlot(now Instant, t *task) {
	w := t.worker
	if !w.live || w.free() > 0 {
		b.freeSlot(t)
		b.fill(now, w)
		return
	}
	b.unassign(t)
	if len(b.freed) > 0 {
		b.touch(w)
	}
	b.fill(now, w)
	if w.usable() {
		b.touch(w)
	}
}

// unassign takes an attempt that is over from its worker.
func (b *Broker) unassign(t *task) {
	w := t.worker
	w.attempts.remove(t)
	w.left.Add(t.needs, +1)
	t.worker, t.seq = nil, 0
	b.countBack(t)
}

func (t *task) ref() wire.Ref { return wire.Ref{Task: t.ID, Attempt: t.Attempt} }
