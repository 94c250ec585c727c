package sim

import (
	"errors"

	"bcp/journal"
)

// judgeBody tells whether the body of a task that has ended is kept as the broker
// is set up to.
func (o *oracle) judgeBody(t *journal.Task) {
	keeps := o.w.plan.core.KeepBodies.Keeps(t.State)
	body, err := o.w.broker.store.Body(t.ID)
	switch {
	case t.BodyKept != keeps:
		o.w.fail("task %s ended as %s, and its body is kept: %v, not %v", t.ID, t.State, t.BodyKept, keeps)
	case keeps && (err != nil || len(body) == 0):
		o.w.fail("task %s ended as %s, and its body of %d bytes is not kept: %v", t.ID, t.State, len(body), err)
	case !keeps && !errors.Is(err, journal.ErrNotFound):
		o.w.fail("task %s ended as %s, and its body is still there: %v", t.ID, t.State, err)
	}
	if keeps {
		o.w.cover.add("kept", "a body")
	}
}
