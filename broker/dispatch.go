package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// offer gives a task that may be dispatched to a worker, or lets it wait. While others
// of its class wait there is no free worker, and it waits behind them.
func (b *Broker) offer(now Instant, t *task) {
	if d := b.demandOf(t); b.classOf(d) == nil {
		if w := b.pick(d); w != nil {
			b.dispatch(now, t, w)
			return
		}
	}
	b.enqueue(now, t)
	b.schedule(now, t)
}

// pick returns the worker that a task with the demand goes to now, or nil: of those
// that meet it, the one with most free slots, then longest idle.
func (b *Broker) pick(d *demand) *worker {
	if free := d.crew.free; !b.stopping && len(free) > 0 {
		return free[0].worker
	}
	return nil
}

// fill gives a worker the first of the tasks that wait for it, as many as it
// has slots free.
func (b *Broker) fill(now Instant, w *worker) {
	for !b.stopping && w.usable() {
		l := w.firstLane()
		if l == nil {
			return
		}
		t := l.first()
		b.dequeue(t)
		b.dispatch(now, t, w)
	}
}

// firstLane returns the lane whose first task goes to the worker next, or nil: that
// of the oldest turn in all the lines that the worker serves. Where the same client
// is next in several of them, it is that of its first task there: so the tasks of a
// client who is alone go in their order, whatever they ask for.
func (w *worker) firstLane() *lane {
	var next *turn
	for _, m := range w.members {
		if turns := m.crew.line.ranked; len(turns) > 0 && (next == nil || turns[0].before(next)) {
			next = turns[0]
		}
	}
	if next == nil {
		return nil
	}
	first := next.lanes[0]
	for _, m := range w.members {
		if turns := m.crew.line.ranked; len(turns) > 0 && turns[0].client == next.client && turns[0].lanes[0].before(first) {
			first = turns[0].lanes[0]
		}
	}
	return first
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
