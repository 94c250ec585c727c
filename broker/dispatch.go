package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// offer gives a task that may be dispatched to a worker, or lets it wait. While others wait
// for the same target there is no free worker, and it waits behind them.
func (b *Broker) offer(now Instant, t *task) {
	if b.queues[t.Spec.Target] == nil {
		if w := b.pick(t.Spec.Target); w != nil {
			b.dispatch(now, t, w)
			return
		}
	}
	b.enqueue(t)
	b.schedule(now, t)
}

// pick returns the worker that a task for the target goes to now, or nil: the
// named one, or the service's with most free slots, then longest idle.
func (b *Broker) pick(target journal.Target) *worker {
	if b.stopping {
		return nil
	}
	if target.Kind == journal.ToService {
		if s := b.services[target.Name]; s != nil && len(s.free) > 0 {
			return s.free[0].worker
		}
		return nil
	}
	if w := b.workers[target.Name]; w != nil && w.usable() {
		return w
	}
	return nil
}

// fill gives a worker the first of the tasks that wait for it, as many as it
// has slots free.
func (b *Broker) fill(now Instant, w *worker) {
	for !b.stopping && w.usable() {
		q := b.firstQueue(w)
		if q == nil {
			return
		}
		t := q.first()
		b.dequeue(t)
		b.dispatch(now, t, w)
	}
}

// firstQueue returns the queue with the first task to go among those that the
// worker serves, or nil.
func (b *Broker) firstQueue(w *worker) *queue {
	best := b.queues[journal.Target{Kind: journal.ToWorker, Name: w.name}]
	for _, m := range w.members {
		q := b.queues[journal.Target{Kind: journal.ToService, Name: m.service.name}]
		if q != nil && (best == nil || q.first().before(best.first())) {
			best = q
		}
	}
	return best
}

// dispatch journals the next attempt and gives it to the worker.
func (b *Broker) dispatch(now Instant, t *task, w *worker) {
	b.record(now, journal.Record{
		Task: t.ID, Kind: journal.KindDispatch, Attempt: t.Attempt + 1, Worker: w.name,
	})
	b.stats.Attempts++
	b.hold(t, w)
	w.seq++
	t.seq, t.instance, t.hasWord = w.seq, w.instance, false
	b.schedule(now, t)
	b.sendDispatch(now, t)
}

// sendDispatch gives the current attempt to its worker.
func (b *Broker) sendDispatch(now Instant, t *task) {
	t.sent = now.Mono
	b.sendLoaded(t.worker.peer, &wire.Dispatch{
		Ref: t.ref(), Seq: t.seq, Service: t.Spec.Target.Name, Argv: t.Spec.Argv,
		RunTimeoutMS: t.Spec.RunTimeoutMS, GraceMS: t.Spec.CancelGraceMS,
	}, LoadBody, t.ID)
}

// hold books a task's attempt on its worker.
func (b *Broker) hold(t *task, w *worker) {
	t.worker = w
	w.attempts.push(t)
	b.touch(w)
}

// release frees the slot of an attempt that is over.
func (b *Broker) release(t *task) {
	w := t.worker
	w.attempts.remove(t)
	t.worker, t.seq = nil, 0
	b.touch(w)
	if !w.live && w.attempts.len == 0 {
		b.drop(w)
	}
}

func (t *task) ref() wire.Ref { return wire.Ref{Task: t.ID, Attempt: t.Attempt} }
