package broker

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"bcp/broker/wire"
	"bcp/journal"
)

// failure is how an attempt came to nothing.
type failure struct {
	why     journal.Reason
	text    string
	class   string // the sort of error, as the worker names it
	payload []byte
	blob    journal.Blob // that has the payload, if it was written apart
}

// fate is what becomes of a task after an attempt that came to nothing.
type fate uint8

const (
	fateFails fate = iota
	fateRetry      // it is tried again
	fateHeld       // its tries are used up, and it is put aside
)

// fateOf tells what becomes of a task after a failure.
func (t *task) fateOf(f failure) fate {
	switch {
	case t.State == journal.Canceling || t.final(f):
		return fateFails
	case !t.lastTry(f.why):
		return fateRetry
	case t.Spec.HoldExhausted && t.Attempt < attemptsMax:
		return fateHeld
	}
	return fateFails
}

// final tells whether there is no further try after a failure, whatever is left.
func (t *task) final(f failure) bool {
	return f.why == journal.ReasonNever || f.why == journal.ReasonLifeTimeout || t.Spec.IsFatal(f.class)
}

// lastTry tells whether an attempt that is over for the reason was the last one: it
// used up the last of the tries, or lost the last worker that might be lost.
func (t *task) lastTry(why journal.Reason) bool {
	return why == journal.ReasonLossLimit || t.Spec.CountsAsTry(why) && t.Tries+1 >= t.Spec.Tries
}

// fail handles an attempt that failed by the task's own fault.
func (b *Broker) fail(now Instant, t *task, f failure) {
	b.settleFailure(now, t, f, retryDelayMS(t))
}

// settleFailure does what becomes of a task after a failure. The delay is what it
// waits if it is tried again.
func (b *Broker) settleFailure(now Instant, t *task, f failure, delayMS int64) {
	switch t.fateOf(f) {
	case fateRetry:
		b.requeue(now, t, f, delayMS)
	case fateHeld:
		b.exhaust(now, t, f)
	default:
		b.end(now, t, journal.Record{State: journal.Failed, Reason: f.why, Text: f.text, Class: f.class, Payload: f.payload, Blob: f.blob})
	}
}

// exhaust puts a task aside whose tries are used up. An operator looks after it:
// released, it has all its tries again.
func (b *Broker) exhaust(now Instant, t *task, f failure) {
	if b.outlives(now, t, f) {
		return
	}
	b.record(now, journal.Record{
		Task: t.ID, Kind: journal.KindExhausted, Attempt: t.Attempt, Worker: t.Worker,
		Reason: f.why, Text: f.text, Class: f.class,
	})
	w := t.worker
	b.freeSlot(t)
	b.schedule(now, t)
	b.tellRunning(t, &wire.Status{Task: t.Task})
	b.fill(now, w)
}

// retryDelayMS is how long a task waits after its attempt has failed: as long as
// it asks for, and twice as long each time, up to its maximum.
func retryDelayMS(t *task) int64 {
	delay := t.Spec.RetryDelayMS
	for range t.Failures {
		if delay >= t.Spec.RetryDelayMaxMS {
			break
		}
		delay *= 2
	}
	return t.spread(max(min(delay, t.Spec.RetryDelayMaxMS), t.Spec.RetryDelayMS))
}

// spread makes a wait longer or shorter by up to the task's jitter. By how much
// follows from the attempt, so that it is the same whenever it is worked out.
func (t *task) spread(delayMS int64) int64 {
	span := delayMS * int64(t.Spec.RetryJitter) / 100
	if span == 0 {
		return delayMS
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(t.ID[:], t.Attempt))
	return delayMS - span + int64(binary.BigEndian.Uint64(sum[:])%uint64(2*span+1))
}

// lose handles an attempt that is gone with its worker, or without a trace.
func (b *Broker) lose(now Instant, t *task, why journal.Reason) {
	if why != journal.ReasonUndelivered {
		b.stats.Lost++
	}
	text := lostText(t, why)
	switch policy := b.policy(t); {
	case t.State == journal.Canceling:
		b.canceled(now, t)
	case t.Stopping != journal.ReasonNone:
		b.fail(now, t, failure{why: t.Stopping, text: text})
	case why == journal.ReasonUndelivered:
		b.requeue(now, t, failure{why: why, text: text}, 0)
	case policy == journal.LossFail:
		b.end(now, t, journal.Record{State: journal.Failed, Reason: why, Text: text})
	default:
		b.settleFailure(now, t, t.loss(why, text), 0)
	}
}

// loss is the failure that a lost attempt is.
func (t *task) loss(why journal.Reason, text string) failure {
	if t.Losses < t.Spec.LossesAllowed() {
		return failure{why: why, text: text}
	}
	return failure{
		why:  journal.ReasonLossLimit,
		text: fmt.Sprintf("%s; that makes %d lost attempts, and %d are allowed", text, t.Losses+1, t.Spec.LossesAllowed()),
	}
}

func lostText(t *task, why journal.Reason) string {
	switch why {
	case journal.ReasonMissing:
		return fmt.Sprintf("worker %s is there, but doesn't have attempt %d any more", t.Worker, t.Attempt)
	case journal.ReasonUndelivered:
		return fmt.Sprintf("attempt %d never reached worker %s", t.Attempt, t.Worker)
	}
	return fmt.Sprintf("worker %s went away with attempt %d", t.Worker, t.Attempt)
}
