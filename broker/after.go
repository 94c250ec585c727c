package broker

import (
	"errors"
	"fmt"
	"slices"

	"bcp/broker/wire"
	"bcp/journal"
)

// A task that waits for others is known to each of them that has not ended: when
// one ends, the commit of its end has also what follows for those that waited.
// So a restart finds nobody waiting for a task that is over.
//
//	a: running -> done ----+---> journal: end of a
//	b: after a:ok, c:any   +---> journal: met, b goes on waiting for c
//	d: after a:failed      +---> journal: end of d, canceled for a dependency

// checkAfter tells which of the tasks that a submit wants to wait for is unknown.
func (b *Broker) checkAfter(after []journal.Dependency) *wire.Error {
	for _, d := range after {
		if _, err := b.lookup(d.Task); errors.Is(err, journal.ErrNotFound) {
			why := b.absent(d.Task, "")
			return wire.Errorf(why.Code, "after: %s", why.Text)
		} else if err != nil {
			return wire.Errorf(wire.CodeInternal, "after %s: can't look it up: %v", d.Task, err)
		}
	}
	return nil
}

// dependents are the tasks that wait for one to end.
type dependents struct {
	tasks []*task
	ended int // of them, that need not be told any more
}

// await makes the task known to those that it waits for, and takes in those
// that have ended. It may end the task.
func (b *Broker) await(now Instant, t *task) {
	for _, d := range t.Waits {
		if first := b.live(d.Task); first != nil {
			first.dependents.tasks = append(first.dependents.tasks, t)
		} else if known, err := b.lookup(d.Task); err == nil {
			b.resolve(now, t, d, known.State.String(), d.Wants.MetBy(known.State))
		} else {
			b.resolve(now, t, d, err.Error(), false)
		}
		if t.State.Ended() {
			return
		}
	}
}

// settleDependents takes an end in for all who wait for it, and for those who
// wait for these, and so on: one after another, for a chain may be long.
func (b *Broker) settleDependents(now Instant, t *task) {
	if len(t.dependents.tasks) == 0 {
		return
	}
	b.settling = append(b.settling, t)
	if len(b.settling) > 1 {
		return // the first of them is at it
	}
	for i := 0; i < len(b.settling); i++ {
		b.settleOne(now, b.settling[i])
	}
	b.settling = nil
}

func (b *Broker) settleOne(now Instant, t *task) {
	waiting := t.dependents.tasks
	t.dependents = dependents{}
	for _, next := range waiting {
		i := slices.IndexFunc(next.Waits, func(d journal.Dependency) bool { return d.Task == t.ID })
		if next.State.Ended() || i < 0 {
			continue
		}
		b.resolve(now, next, next.Waits[i], t.State.String(), next.Waits[i].Wants.MetBy(t.State))
		if !next.State.Ended() && len(next.Waits) == 0 {
			b.arrive(now, next)
		}
	}
}

// forsake tells those that an ended task waited for that it doesn't any more.
// They forget such tasks by and by.
func (b *Broker) forsake(t *task) {
	for _, d := range t.Waits {
		first := b.live(d.Task)
		if first == nil {
			continue
		}
		list := &first.dependents
		if list.ended++; list.ended > len(list.tasks)/2 {
			list.tasks = slices.DeleteFunc(list.tasks, func(t *task) bool { return t.State.Ended() })
			list.ended = 0
		}
	}
}

// resolve takes in, for a task that waits, how one of the others has ended.
func (b *Broker) resolve(now Instant, t *task, d journal.Dependency, how string, met bool) {
	if met {
		b.record(now, journal.Record{Task: t.ID, Kind: journal.KindMet, Attempt: t.Attempt, Other: d.Task})
		return
	}
	b.end(now, t, journal.Record{
		State: unmetState(t), Reason: journal.ReasonDependency,
		Text: fmt.Sprintf("it waited for %s: %s", d, how),
	})
}

func unmetState(t *task) journal.State {
	if t.Spec.FailUnmet {
		return journal.Failed
	}
	return journal.Canceled
}
