package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// reconcile compares what a worker says it has with what the journal gave it.
// Seen is the highest dispatch that had reached the worker when it said so.
//
//	at the worker   in the journal      what follows
//	running         current attempt     its start is journaled, if it was not
//	any             being stopped       Stop again
//	taken, running  not current         Stop: a stale attempt
//	ended           any                 nothing: its Outcome is repeated
//	nothing         seen by it          the attempt is missing
//	nothing         not seen yet        nothing: the dispatch is on its way;
//	                                    sent again if it is for too long
func (b *Broker) reconcile(now Instant, w *worker, inventory []wire.Item, seen uint64) {
	b.round++
	for _, item := range inventory {
		b.reconcileItem(now, w, item)
	}
	if !w.noInventory() {
		for _, t := range w.attempts.snapshot() {
			if t.worker == w && t.round != b.round {
				b.reconcileAbsent(now, t, seen)
			}
		}
	}
	b.replaySaid(w, inventory)
}

// reconcileAbsent handles an attempt that the worker doesn't list. A worker runs
// an attempt once, however often it is dispatched.
func (b *Broker) reconcileAbsent(now Instant, t *task, seen uint64) {
	switch overdue := now.Mono-t.sent >= b.cfg.ResendEvery && !b.sending(t.worker.peer); {
	case t.seq <= seen:
		b.lose(now, t, t.whyMissing())
	case overdue && t.stopped():
		b.sendStop(t)
	case overdue:
		b.sendDispatch(now, t)
		t.again = true
	}
}

// askForUnstarted asks a worker that can't say what it has for what it was given over an
// earlier connection, and has not started since it is back: the dispatch may have been lost
// with that one. It is asked by Stop, for the dialect has no other word that is answered. The
// attempt is lost then: if the worker has it, it ends it, and if not, it may have ended it before.
func (b *Broker) askForUnstarted(now Instant, w *worker) {
	for t := w.attempts.head; t != nil; t = t.next {
		if t.isUncertain() && t.StartedMS == 0 && !t.stopped() && now.Mono-max(t.sent, w.since) >= b.cfg.ResendEvery {
			t.sent = now.Mono
			b.sendStop(t)
		}
	}
}

func (b *Broker) reconcileItem(now Instant, w *worker, item wire.Item) {
	t := b.live(item.Task)
	if t == nil || t.worker != w || t.Attempt != item.Attempt {
		if item.Phase != wire.PhaseEnded {
			b.send(w.peer, &wire.Stop{Ref: item.Ref})
		}
		return
	}
	t.round = b.round
	if item.Phase == wire.PhaseRunning {
		b.started(now, t)
	}
	if item.Phase != wire.PhaseEnded && t.stopped() {
		b.sendStop(t)
	}
}

// whyMissing tells a dispatch that never arrived, which is nobody's fault, from
// an attempt that its worker has lost: one that had started, or that was given
// to an earlier life of the worker.
func (t *task) whyMissing() journal.Reason {
	var unknown [16]byte
	if t.StartedMS != 0 || t.isUncertain() || t.instance != unknown && t.instance != t.worker.instance {
		return journal.ReasonMissing
	}
	return journal.ReasonUndelivered
}

// isUncertain tells of an attempt that was given over an earlier connection to a worker that
// can't say what it has. What it said of it since may have been lost, even its end.
func (t *task) isUncertain() bool { return t.seq == 0 && t.worker.noInventory() }
