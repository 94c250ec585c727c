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

// checkAfter tells which of the tasks that a submit wants to wait for is unknown. How
// the others have ended it remembers: they may be forgotten at any moment.
func (b *Broker) checkAfter(after []journal.Dependency) *wire.Error {
	for _, d := range after {
		switch first, err := b.first(d.Task); {
		case errors.Is(err, journal.ErrNotFound):
			why := b.absent(d.Task, "")
			return wire.Errorf(why.Code, "%s: %s", askedBy(d), why.Text)
		case err != nil:
			return wire.Errorf(wire.CodeInternal, "%s %s: can't look it up: %v", askedBy(d), d.Task, err)
		case first.State.Ended():
			b.remember(first)
		}
	}
	return nil
}

// remember keeps a task that has ended for the rest of the step.
func (b *Broker) remember(first journal.Task) {
	if b.firsts == nil {
		b.firsts = make(map[journal.ID]journal.Task)
	}
	b.firsts[first.ID] = first
}

// askedBy names the option by which a submit asks to wait for the task.
func askedBy(d journal.Dependency) string {
	if d.Wants == journal.WantsWorker {
		return "same-worker-as"
	}
	return "after"
}

// dependents are the tasks that wait for one to end, or for its worker.
type dependents struct {
	tasks  []*task
	ended  int  // of them, that need not be told any more
	worker bool // some of them wait for its worker
}

// await makes the task known to those that it waits for, and takes in those
// that have ended. It may end the task.
func (b *Broker) await(now Instant, t *task) {
	for _, d := range t.Waits {
		if first := b.expect(d.Task); first != nil {
			b.awaitLive(now, t, d, first)
		} else if known, err := b.first(d.Task); err == nil {
			b.meet(now, t, d, &known)
		} else {
			b.unmet(now, t, d, err.Error())
		}
		if t.State.Ended() {
			return
		}
	}
}

// first returns a task that another one waits for; one that has ended as it was remembered.
func (b *Broker) first(id journal.ID) (journal.Task, error) {
	if first, known := b.firsts[id]; known {
		return first, nil
	}
	return b.lookup(id)
}

func (b *Broker) awaitLive(now Instant, t *task, d journal.Dependency, first *task) {
	if d.Wants == journal.WantsWorker && first.Worker != "" {
		b.meet(now, t, d, &first.Task)
		return
	}
	list := &first.dependents
	list.tasks = append(list.tasks, t)
	list.worker = list.worker || d.Wants == journal.WantsWorker
}

// lendWorker tells those that want to run where a task runs that it has a worker.
// It tells whether there were any: what they wait for is that worker.
func (b *Broker) lendWorker(now Instant, t *task) bool {
	list := &t.dependents
	if !list.worker {
		return false
	}
	list.worker = false
	for _, next := range list.tasks {
		i := slices.IndexFunc(next.Waits, func(d journal.Dependency) bool {
			return d.Task == t.ID && d.Wants == journal.WantsWorker
		})
		if next.State.Ended() || i < 0 {
			continue
		}
		b.meet(now, next, next.Waits[i], &t.Task)
		if !next.parked(now) {
			b.waitAgain(now, next, next.prefers(now))
			b.lineUp(now, next)
		}
		b.schedule(now, next)
	}
	list.tasks = slices.DeleteFunc(list.tasks, func(next *task) bool {
		return !slices.ContainsFunc(next.Waits, func(d journal.Dependency) bool { return d.Task == t.ID })
	})
	return true
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
		b.meet(now, next, next.Waits[i], &t.Task)
		if !next.State.Ended() && len(next.Waits) == 0 {
			b.arrive(now, next)
		}
	}
}

// forsake tells the tasks that an ended one waited for that it no longer does. They drop
// such tasks from their lists when these are the half of them.
func (b *Broker) forsake(t *task) {
	for _, d := range t.Waits {
		first := b.expected(d.Task)
		if first == nil {
			continue
		}
		list := &first.dependents
		if list.ended++; list.ended > len(list.tasks)/2 {
			list.tasks = slices.DeleteFunc(list.tasks, func(t *task) bool { return t.State.Ended() })
			list.ended = 0
		}
		b.forgetAwaited(first)
	}
}

// meet takes in, for a task that waits, how another has ended, or who its
// worker is.
func (b *Broker) meet(now Instant, t *task, d journal.Dependency, first *journal.Task) {
	met := journal.Record{Task: t.ID, Kind: journal.KindMet, Attempt: t.Attempt, Other: d.Task}
	switch {
	case d.Wants == journal.WantsWorker && first.Worker != "":
		met.Worker = first.Worker
		b.record(now, met)
	case d.Wants.MetBy(first.State):
		b.record(now, met)
	default:
		b.unmet(now, t, d, first.State.String())
	}
}

// unmet ends a task that waits for what will not be.
func (b *Broker) unmet(now Instant, t *task, d journal.Dependency, how string) {
	state := journal.Canceled
	if t.Spec.FailUnmet {
		state = journal.Failed
	}
	b.end(now, t, journal.Record{State: state, Reason: journal.ReasonDependency, Text: fmt.Sprintf("it waited for %s: %s", d, how)})
}
