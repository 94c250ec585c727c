package journal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// ErrRecord tells that a record doesn't fit the task's state. In a journal it
// means damage; in the broker, a mistake in the program.
var ErrRecord = errors.New("record does not fit the task")

// Apply changes the task as the record says. It is the only function that
// does, and it leaves the task as it was when it returns an error.
func (t *Task) Apply(r *Record) error {
	if !t.fits(r) {
		return fmt.Errorf("%w: %s of attempt %d for task %s, which is %s at attempt %d",
			ErrRecord, r.Kind, r.Attempt, r.Task, t.State, t.Attempt)
	}
	switch r.Kind {
	case KindSubmit:
		t.submit(r)
	case KindMember, KindJoin:
		t.join(r)
	case KindTally:
		t.takeTally(r.Tally)
	case KindDispatch:
		t.State, t.Attempt, t.Worker = Dispatched, r.Attempt, r.Worker
		t.DispatchedMS, t.StartedMS, t.Stopping = r.Time, 0, ReasonNone
	case KindStart:
		t.StartedMS = r.Time
		if t.State == Dispatched {
			t.State = Running
		}
	case KindCancel:
		t.State, t.CancelBy, t.CancelText, t.CancelMS = Canceling, r.By, r.Text, r.Time
		t.Held = false // a group may be, with members out
	case KindStop:
		t.Stopping = r.Reason
	case KindRequeue:
		t.requeue(r)
	case KindExhausted:
		t.attemptOver(r)
		t.Held, t.Exhausted = true, true
	case KindHold:
		t.Held = true
		t.Holds++
	case KindRelease:
		t.Held, t.PendingMS, t.Declined = false, r.Time, nil
		if t.Exhausted {
			t.Exhausted = false
			t.refresh()
		}
	case KindMet:
		t.Waits = slices.DeleteFunc(slices.Clone(t.Waits), func(d Dependency) bool { return d.metBy(r) })
		t.Pinned, t.PendingMS = cmp.Or(r.Worker, t.Pinned), r.Time
	case KindCheckpoint:
		t.checkpoint(r)
	case KindEdit:
		t.edit(r)
	case KindEnd:
		t.end(r)
	}
	return nil
}

// submit is what a new task is like.
func (t *Task) submit(r *Record) {
	*t = Task{ID: r.Task, Spec: r.Spec, State: Pending, SubmittedMS: r.Time, PendingMS: r.Time}
	t.Tally = r.Spec.tally()
	t.Held, t.Waits = r.Spec.Hold, r.Spec.After
	t.delay(r.Time)
	t.NotBeforeMS = t.askedMS()
}

// join is what a new member of a group is like.
func (t *Task) join(r *Record) {
	*t = Task{ID: r.Task, Spec: r.Spec, State: Pending, SubmittedMS: int64(r.Task.Time()), PendingMS: r.Time - r.DelayMS}
	t.Pinned, t.OfAll = r.Worker, r.Kind == KindJoin
	t.Member = &Member{Group: r.Other, Index: r.Index, Count: r.Count}
}

// takeTally takes in how the members of a group stand: it runs since the first of them does.
func (t *Task) takeTally(n *Tally) {
	t.Tally = n
	t.DispatchedMS, t.StartedMS = int64(n.StartMS), int64(n.StartMS)
	if t.State == Pending && t.StartedMS != 0 {
		t.State = Running
	}
}

// attemptOver makes the task pending again, for its attempt is over.
func (t *Task) attemptOver(r *Record) {
	t.count(r.Reason)
	t.State, t.PendingMS, t.Stopping = Pending, r.Time, ReasonNone
	t.Reason, t.Text, t.Class = r.Reason, r.Text, r.Class
}

// requeue has the task wait for its next attempt.
func (t *Task) requeue(r *Record) {
	t.attemptOver(r)
	if r.Reason == ReasonElsewhere {
		t.decline(Decline{r.Worker, r.Instance})
	}
	if r.DelayMS > 0 {
		t.tryMS = r.Time + r.DelayMS
		t.NotBeforeMS = t.tryMS
	}
}

// end notes how the task has ended, and what is kept of it.
func (t *Task) end(r *Record) {
	if t.Active() {
		t.count(r.Reason)
	}
	if r.By != "" { // a pending task that is canceled ends in one record
		t.CancelBy, t.CancelText, t.CancelMS = r.By, r.Text, r.Time
	}
	t.State, t.EndedMS, t.Stopping = r.State, r.Time, ReasonNone
	t.Held, t.Exhausted = false, false
	t.Checkpoint = nil
	t.ResultSize, t.BodyKept = r.PayloadSize(), r.KeepBody
	t.Reason, t.Text, t.Class = r.Reason, r.Text, r.Class
	t.KeepUntilMS, t.Members, t.WithWhole = r.keepUntilMS(), r.Members, r.Member
}

// fits tells whether the record may follow what the task has seen.
func (t *Task) fits(r *Record) bool {
	switch {
	case r.Kind.Begins():
		return t.State == 0 && r.Spec != nil && (r.Kind == KindSubmit || r.isMember())
	case t.State == 0 || t.State.Ended() || r.Task != t.ID:
		return false
	case t.Tally != nil:
		return t.allows(r)
	}
	active := t.Active() && r.Attempt == t.Attempt
	switch r.Kind {
	case KindHold, KindRelease:
		return t.State == Pending && t.Held == (r.Kind == KindRelease)
	case KindMet:
		return t.waitsFor(r)
	case KindCheckpoint:
		return t.saves(r)
	case KindEdit:
		return r.Attempt == t.Attempt && r.Spec != nil && t.CheckEdit(r) == nil
	case KindDispatch:
		return t.State == Pending && !t.Held && len(t.Waits) == 0 && r.Attempt == t.Attempt+1 && r.Worker != ""
	case KindStart:
		return active && t.StartedMS == 0
	case KindStop:
		return active && t.Stopping == ReasonNone
	case KindCancel, KindRequeue, KindExhausted:
		return active && t.State != Canceling
	case KindEnd:
		return r.State.Ended() && (active || t.State == Pending && r.Attempt == t.Attempt)
	}
	return false
}

// waitsFor tells whether the record tells of what the task waits for.
func (t *Task) waitsFor(r *Record) bool {
	return t.State == Pending && slices.ContainsFunc(t.Waits, func(d Dependency) bool { return d.metBy(r) })
}
