package broker

import (
	"fmt"

	"bcp/journal"
)

// end ends a task, once, and tells its watchers. The record says how; its
// payload is the result.
func (b *Broker) end(now Instant, t *task, r journal.Record) {
	if t.Tally != nil && r.Payload == nil { // its members have not ended, or there is none
		b.endGroup(now, t.group, r)
		return
	}
	r.Task, r.Kind, r.Attempt = t.ID, journal.KindEnd, t.Attempt
	r.Member = t.Member != nil
	r.KeepBody, r.KeepMS = b.cfg.KeepBodies.Keeps(r.State) && t.Member == nil, t.Spec.KeepMS
	if t.Active() {
		r.Worker = t.Worker
	}
	result, apart := r.Payload, !r.Blob.IsZero()
	b.recordOf(now, t, r)
	if t.Tally == nil {
		b.countEnds(r.State, 1)
	}
	b.disarm(&t.timer)
	b.vacate(t)
	if t.worker != nil {
		b.refillSlot(now, t)
	} else {
		b.dequeue(t)
		b.refill(now)
	}
	b.forsake(t)
	b.tellEnd(now, t, result, apart)
	b.settleDependents(now, t)
	if t.Member != nil {
		b.memberOver(now, t.group)
	}
}

// requeue makes a task pending again after an attempt that is over. The delay is what it
// waits before the next one.
func (b *Broker) requeue(now Instant, t *task, f failure, delayMS int64) {
	if b.outlives(now, t, f) {
		return
	}
	if t.Attempt >= attemptsMax {
		b.end(now, t, journal.Record{
			State: journal.Failed, Reason: f.why, Text: fmt.Sprintf("gave up after %d attempts: %s", t.Attempt, f.text),
			Class: f.class,
		})
		return
	}
	w := t.worker
	r := journal.Record{
		Task: t.ID, Kind: journal.KindRequeue, Attempt: t.Attempt, Worker: t.Worker,
		Reason: f.why, Text: f.text, Class: f.class, DelayMS: delayMS,
	}
	if f.why == journal.ReasonElsewhere {
		r.Instance = w.instance
	}
	b.recordOf(now, t, r)
	b.freeSlot(t)
	if b.miss(now, t) {
		return
	}
	if !t.parked(now) {
		b.enqueue(now, t, t.prefers(now))
	}
	b.schedule(now, t)
	b.fillNext(now, t)
	b.fill(now, w)
}

// fillNext lets a free worker that could take the task take what goes first.
func (b *Broker) fillNext(now Instant, t *task) {
	if w := b.pick(b.wanted(now, t)); w != nil {
		b.fill(now, w)
	}
}

// canceled ends a task whose cancellation is complete.
func (b *Broker) canceled(now Instant, t *task) {
	why := journal.ReasonCanceled
	if t.Member != nil && t.CancelBy == "" {
		why = journal.ReasonArrayFailures // nobody asked
	}
	b.end(now, t, journal.Record{State: journal.Canceled, Reason: why, Text: t.CancelText})
}

// policy is what applies when the task's worker is lost.
func (b *Broker) policy(t *task) journal.LossPolicy {
	if t.Spec.OnLoss == journal.LossDefault {
		return b.cfg.OnLoss
	}
	return t.Spec.OnLoss
}

func (b *Broker) countEnds(s journal.State, n uint64) {
	switch s {
	case journal.Done:
		b.stats.Done += n
	case journal.Failed:
		b.stats.Failed += n
	case journal.Canceled:
		b.stats.Canceled += n
	}
}

// recount keeps the number of tasks in each state.
func (b *Broker) recount(s journal.State, by int) {
	switch s {
	case journal.Pending:
		b.stats.Pending += by
	case journal.Dispatched:
		b.stats.Dispatched += by
	case journal.Running:
		b.stats.Running += by
	case journal.Canceling:
		b.stats.Canceling += by
	}
}
