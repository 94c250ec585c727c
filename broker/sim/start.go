package sim

import (
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// starts is what the oracle knows of dispatches that were held back in this life of the
// broker: the time for a start counts from when such a one leaves, and not before.
type starts struct {
	held map[wire.Ref]bool
	left map[wire.Ref]time.Duration // when each left
}

func newStarts() starts {
	return starts{held: map[wire.Ref]bool{}, left: map[wire.Ref]time.Duration{}}
}

// holdBack takes in that a dispatch does not leave yet. One that is sent again has left.
func (o *oracle) holdBack(ref wire.Ref) {
	if _, given := o.given[ref]; !given {
		o.starts.held[ref] = true
	}
}

// passOn takes in that a dispatch leaves that may have been held back.
func (o *oracle) passOn(ref wire.Ref) {
	if o.starts.held[ref] {
		delete(o.starts.held, ref)
		o.starts.left[ref] = o.w.now
	}
}

// judgeStart tells whether an attempt has had its time for a start when that is said to be
// over. Of one that was never held back, the wall clock tells, which may be set.
func (o *oracle) judgeStart(t *waiting, r *journal.Record) {
	if r.Reason != journal.ReasonStartTimeout || r.Kind != journal.KindStop {
		return
	}
	if o.starts.held[ref(&t.Task)] {
		o.w.fail("attempt %s-%d is stopped as it has not started, and has not been given to its worker", t.ID, t.Attempt)
	}
	left, was := o.starts.left[ref(&t.Task)]
	if was && o.w.now-left < ms(t.Spec.StartTimeoutMS) {
		o.w.fail("attempt %s-%d is stopped as it has not started, and was given to its worker at %v", t.ID, t.Attempt, left)
	}
	if was {
		o.w.cover.add("lane", "no start in time")
	}
}

// startLimit returns the time that runs for the start of a dispatched task.
func (o *oracle) startLimit(t *waiting) timeLimit {
	limit := timeLimit{t.DispatchedMS, t.Spec.StartTimeoutMS}
	if left, was := o.starts.left[ref(&t.Task)]; was {
		limit.sinceMS = o.w.broker.instant().WallMS - (o.w.now - left).Milliseconds()
	}
	if o.starts.held[ref(&t.Task)] || o.w.broker.unheardLately() {
		limit.ms = 0
	}
	return limit
}
