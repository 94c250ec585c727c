package broker

import (
	"cmp"

	"bcp/broker/wire"
	"bcp/journal"
)

// offer gives a task that may be dispatched to a worker, or lets it wait. While others
// of its class wait there is no free worker, and it waits behind them.
func (b *Broker) offer(now Instant, t *task) {
	b.offerAs(now, t, t.prefers(now))
}

// offerAs is offer for a task that prefers some workers, or does not any more.
func (b *Broker) offerAs(now Instant, t *task, prefers bool) {
	if d := b.demandOf(t, prefers); b.classOf(d) == nil {
		if w := b.pick(d); w != nil {
			b.dispatch(now, t, w)
			if b.lendWorker(now, t) {
				b.fill(now, w)
			}
			return
		}
	}
	b.enqueue(now, t, prefers)
	b.schedule(now, t)
}

// settle offers a task that has waited long enough for a worker that it prefers
// to all that will do.
func (b *Broker) settle(now Instant, t *task) {
	b.dequeue(t)
	b.offerAs(now, t, false)
	b.refill(now)
}

// pick returns the worker that a task with the demand goes to now, or nil: of those
// that meet it and have enough left, the one with most free slots, then longest idle.
func (b *Broker) pick(d *demand) *worker {
	free := d.crew.free
	switch {
	case b.stopping || len(free) == 0:
		return nil
	case free[0].worker.has(d.needs): // without a look at any other
		return free[0].worker
	}
	for m := range inOrder(free) {
		if m.worker.has(d.needs) {
			return m.worker
		}
	}
	return nil
}

// fill gives a worker the first of the tasks that wait for it, as many as it
// has room for.
func (b *Broker) fill(now Instant, w *worker) {
	for !b.stopping && w.usable() {
		t := b.next(now, w)
		if t == nil {
			break
		}
		b.dequeue(t)
		b.dispatch(now, t, w)
		b.lendWorker(now, t)
	}
	b.refill(now)
}

// serveTurn takes in that the worker takes a task of the client: in all lines that it
// serves that client has had its turn.
func (b *Broker) serveTurn(now Instant, w *worker, client string) {
	from := b.newAge(now)
	for _, m := range w.members {
		m.crew.line.serve(client, from)
	}
}

// dispatch journals the next attempt and gives it to the worker.
func (b *Broker) dispatch(now Instant, t *task, w *worker) {
	b.record(now, journal.Record{
		Task: t.ID, Kind: journal.KindDispatch, Attempt: t.Attempt + 1, Worker: w.name,
	})
	b.stats.Attempts++
	b.serveTurn(now, w, t.Spec.ClientName())
	b.hold(t, w)
	w.seq++
	t.seq, t.instance, t.word = w.seq, w.instance, nil
	b.schedule(now, t)
	b.sendDispatch(now, t)
}

// sendDispatch gives the current attempt to its worker.
func (b *Broker) sendDispatch(now Instant, t *task) {
	t.sent = now.Mono
	b.sendLoaded(t.worker.peer, &wire.Dispatch{
		Ref: t.ref(), Seq: t.seq, Service: cmp.Or(t.Spec.Target.Name, t.worker.name), Argv: t.Spec.Argv,
		RunTimeoutMS: t.Spec.RunTimeoutMS, GraceMS: t.Spec.CancelGraceMS,
	}, LoadBody, t.ID)
}

// hold books a task's attempt on its worker.
func (b *Broker) hold(t *task, w *worker) {
	t.worker = w
	w.attempts.push(t)
	w.left.Add(needsOf(t.Spec), -1)
	b.touch(w)
}

// release frees the slot of an attempt that is over.
func (b *Broker) release(t *task) {
	w := t.worker
	w.attempts.remove(t)
	w.left.Add(needsOf(t.Spec), +1)
	t.worker, t.seq = nil, 0
	b.touch(w)
	if !w.live && w.attempts.len == 0 {
		b.drop(w)
	}
}

func (t *task) ref() wire.Ref { return wire.Ref{Task: t.ID, Attempt: t.Attempt} }
