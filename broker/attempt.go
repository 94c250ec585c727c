package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// current returns the task of which this is the attempt that a worker has; nil for one that
// is over, or never was.
func (b *Broker) current(ref wire.Ref) *task {
	t := b.live(ref.Task)
	if t != nil && (t.worker == nil || t.Attempt != ref.Attempt) {
		return nil
	}
	return t
}

// holder returns the worker that speaks of an attempt, nil if it is not registered, and
// the task if the attempt is its current one and that worker's.
//
// A BCP/1 worker does not repeat itself, and what it says on a new connection
// may arrive before it is registered there: the broker may have to find its old
// one gone first. Its job ids name the attempt, so it is believed unless a
// BCP/2 worker has the name.
func (b *Broker) holder(now Instant, from wire.Peer, ref wire.Ref) (*worker, *task) {
	t := b.current(ref)
	if from.Dialect == wire.BCP1Worker && b.workersByPeer[from] == nil && t != nil && (t.worker.noInventory() || !t.worker.live) {
		b.refuse(from, &wire.Refuse{Code: wire.CodeUnknownPeer, Text: "register first"})
		return t.worker, t
	}
	w := b.registered(now, from)
	if t != nil && t.worker != w {
		t = nil
	}
	return w, t
}

// heldBy returns the task of the attempt that a worker speaks of, if it is the current one
// and that worker's; nil for any other, which the worker is told to stop.
func (b *Broker) heldBy(now Instant, from wire.Peer, ref wire.Ref) *task {
	w, t := b.holder(now, from, ref)
	if w != nil && t == nil {
		b.send(from, &wire.Stop{Ref: ref})
	}
	return t
}

// begun takes in that an attempt runs.
func (b *Broker) begun(now Instant, from wire.Peer, m *wire.Begun) {
	if t := b.heldBy(now, from, m.Ref); t != nil {
		b.started(now, t)
	}
}

// started journals the start, once, and tells who wants to know.
func (b *Broker) started(now Instant, t *task) {
	if t.StartedMS != 0 {
		return
	}
	b.recordOf(now, t, journal.Record{Task: t.ID, Kind: journal.KindStart, Attempt: t.Attempt, Worker: t.Worker})
	t.spoken(now)
	b.schedule(now, t)
	if t.followed() {
		b.tellRunning(t, startedMessage(t))
	}
}

func startedMessage(t *task) *wire.Started {
	return &wire.Started{Ref: t.ref(), Worker: t.Worker, Key: t.Spec.Key}
}

// progress passes a worker's word on. It is not journaled.
func (b *Broker) progress(now Instant, from wire.Peer, m *wire.Progress) {
	_, t := b.holder(now, from, m.Ref)
	if t == nil {
		return
	}
	t.word = m
	t.spoken(now)
	b.tellRunning(t, m)
}

// outcome takes in how an attempt came out. It is acknowledged whatever it is
// about, so that the worker forgets it; if it is about another attempt than the
// current one it changes nothing.
func (b *Broker) outcome(now Instant, from wire.Peer, m *wire.Outcome) {
	w, t := b.holder(now, from, m.Ref)
	if w == nil {
		return
	}
	if t != nil {
		if m = b.stored(from, b.clip(m)); m == nil {
			return
		}
		b.conclude(now, t, m)
	}
	b.send(from, &wire.OutcomeAck{Ref: m.Ref})
}

// conclude does what a verdict asks for.
func (b *Broker) conclude(now Instant, t *task, m *wire.Outcome) {
	switch m.Verdict {
	case wire.VerdictDone:
		b.end(now, t, journal.Record{State: journal.Done, Reason: journal.ReasonFinished, Payload: m.Payload, Blob: m.Stored})
	case wire.VerdictFailed:
		b.fail(now, t, failure{why: journal.ReasonError, text: m.Text, class: m.Class, payload: m.Payload, blob: m.Stored})
	case wire.VerdictNever:
		b.fail(now, t, failure{why: journal.ReasonNever, text: m.Text, class: m.Class, payload: m.Payload, blob: m.Stored})
	case wire.VerdictUnknown:
		b.lose(now, t, t.whyMissing())
	default:
		b.notRun(now, t, m)
	}
}

// notRun handles an attempt that the worker gave up without a result.
func (b *Broker) notRun(now Instant, t *task, m *wire.Outcome) {
	switch {
	case t.State == journal.Canceling:
		b.canceled(now, t)
	case t.Stopping != journal.ReasonNone:
		b.fail(now, t, failure{why: t.Stopping, text: t.Spec.LateText(t.Stopping)})
	case m.Verdict == wire.VerdictElsewhere && t.OfAll:
		b.end(now, t, journal.Record{State: journal.Failed, Reason: journal.ReasonElsewhere, Text: notFor(t, m.Text), Class: m.Class})
	case m.Verdict == wire.VerdictElsewhere:
		b.requeue(now, t, failure{why: journal.ReasonElsewhere, text: m.Text, class: m.Class}, 0)
	case m.Verdict == wire.VerdictRefused:
		b.fail(now, t, failure{why: journal.ReasonRefused, text: m.Text, class: m.Class})
	case m.Verdict == wire.VerdictStopped && t.isUncertain(): // see askForUnstarted: it may have run
		b.lose(now, t, journal.ReasonMissing)
	default:
		b.requeue(now, t, failure{why: journal.ReasonReturned, text: m.Text}, 0)
	}
}

// clip turns a result over the limit into a failure: the journal takes no more.
func (b *Broker) clip(m *wire.Outcome) *wire.Outcome {
	if m.PayloadSize() <= b.cfg.BodyMax {
		return m
	}
	err := wire.Errorf(wire.CodeTooLarge, "result has %d bytes: at most %d are accepted", m.PayloadSize(), b.cfg.BodyMax)
	return &wire.Outcome{Ref: m.Ref, Verdict: wire.VerdictFailed, Text: err.Text}
}
