package broker

import (
	"cmp"

	"bcp/broker/wire"
	"bcp/journal"
)

// cancel ends a task: a pending one at once, an active one through its worker.
// The answer is where the task stands then.
func (b *Broker) cancel(now Instant, from wire.Peer, m *wire.Cancel) {
	no := &wire.Refuse{Req: m.Req, Key: m.Key, Target: m.Target}
	b.doFor(now, from, no, m.Task, func(s *session, found *journal.Task) *wire.Error {
		if !b.cancelFound(now, s, found, cmp.Or(m.By, s.id), m.Text) && from.Dialect == wire.BCP1Client {
			b.tellPast(now, s, found)
		}
		return nil
	})
}

// cancelFound cancels a task that was found, which is as it is afterwards then. It tells
// whether it had not ended before.
func (b *Broker) cancelFound(now Instant, s *session, found *journal.Task, by, why string) bool {
	t := b.reach(now, found.ID)
	if t == nil {
		return false
	}
	b.cancelLive(now, s, t, by, why)
	*found = t.Task
	return true
}

func (b *Broker) cancelLive(now Instant, s *session, t *task, by, why string) {
	if s.peer.Dialect == wire.BCP1Client {
		t.watchBy(watcher{session: s, wantStart: true})
	}
	switch {
	case t.State == journal.Canceling:
	case t.Tally != nil:
		b.cancelGroup(now, t.group, by, why)
	case t.State == journal.Pending:
		b.end(now, t, journal.Record{State: journal.Canceled, Reason: journal.ReasonCanceled, By: by, Text: why})
	default:
		b.cancelActive(now, t, by, why)
	}
}

// cancelActive has the worker stop the task's attempt, for who asks.
func (b *Broker) cancelActive(now Instant, t *task, by, why string) {
	b.record(now, journal.Record{
		Task: t.ID, Kind: journal.KindCancel, Attempt: t.Attempt, Worker: t.Worker, By: by, Text: why,
	})
	b.stopAttempt(now, t)
	b.schedule(now, t)
}

// stop tells the worker to end an attempt for the broker's own reason. The
// attempt is over when the worker says so, or is lost.
func (b *Broker) stop(now Instant, t *task, why journal.Reason) {
	b.record(now, journal.Record{
		Task: t.ID, Kind: journal.KindStop, Attempt: t.Attempt, Worker: t.Worker, Reason: why,
	})
	b.stopAttempt(now, t)
}

// stopAttempt tells the worker. If that is lost for certain, so is the attempt,
// although its task would have waited for the worker.
func (b *Broker) stopAttempt(now Instant, t *task) {
	if t.worker.lost() {
		b.lose(now, t, journal.ReasonLost)
		return
	}
	b.sendStop(t)
}

// sendStop tells the worker of an attempt that is being stopped, if it is
// there. If not, or if this gets lost, its inventory brings it up again.
func (b *Broker) sendStop(t *task) {
	if !t.worker.live {
		return
	}
	why := t.Stopping
	if t.State == journal.Canceling {
		why = journal.ReasonCanceled
	}
	b.send(t.worker.peer, &wire.Stop{Ref: t.ref(), Reason: why, GraceMS: t.Spec.CancelGraceMS})
}

// resendStop repeats a stop to a worker that can't tell what it has. Others
// are told again when their inventory lists the attempt.
func (b *Broker) resendStop(t *task) {
	if t.worker.noInventory() {
		b.sendStop(t)
	}
}
