package sim

import (
	"slices"

	"bcp/broker"
	"bcp/journal"
)

// What people ask the core itself: why a task is where it is, and what waits and runs
// for whom.

// explain asks why a task is where it is.
func (w *world) explain(id journal.ID) {
	if b := w.broker; b.up {
		e, lives := b.core.Explain(b.instant(), id)
		w.oracle.schedule.tellsWhy(id, &e, lives)
		b.step() // the core has not done anything, and says so
	}
}

// tellsWhy checks an explanation against what the journal says of the task.
func (s *schedule) tellsWhy(id journal.ID, e *broker.Explanation, lives bool) {
	t := s.tasks[id]
	if _, over := s.ends[id]; over && lives || t != nil && !lives {
		s.w.fail("task %s is explained (%v), and is %+v", id, lives, t)
	}
	if t == nil {
		return
	}
	holder := ""
	if e.Holder != nil {
		holder = e.Holder.Name
	}
	if e.Task.State != t.State || e.Task.Attempt != t.Attempt || t.Active() && holder != t.Worker || !t.Active() && holder != "" {
		s.w.fail("task %s is explained as %s-%d at %q, and is %+v", id, e.Task.State, e.Task.Attempt, holder, t.Task)
	}
	if held := s.w.oracle.starts.held[ref(&t.Task)] && t.State == journal.Dispatched; e.HeldBack != held {
		s.w.fail("attempt %s-%d is explained as held back: %v, and is: %v", id, t.Attempt, e.HeldBack, held)
	}
	s.judgeKept(t, e)
	s.judgeLeft(t, e)
	s.w.cover.add("explained", t.State.String())
}

// judgeKept tells whether an explanation names something that keeps a pending task: that it
// waits for a worker, or why it doesn't.
func (s *schedule) judgeKept(t *waiting, e *broker.Explanation) {
	if t.State != journal.Pending || t.Tally != nil || e.Whole != nil {
		return
	}
	named := e.Place.Length > 0 || e.Task.Held || len(e.Waits) > 0 || e.Next != nil
	if !named || len(e.Waits) != len(t.Waits) {
		s.w.fail("task %s is pending, and explained by nothing, or by %d of the %d tasks that it waits for: %+v", t.ID, len(e.Waits), len(t.Waits), t.Task)
	}
}

// judgeLeft tells whether a task waits for a worker that, as it is explained, nothing
// keeps from it. What a limit may keep, others decide on.
func (s *schedule) judgeLeft(t *waiting, e *broker.Explanation) {
	g := s.whole(t)
	limited := s.limits.limited(t.Spec) || t.Spec.ArrayRunning > 0 || g != nil && g.Spec.ArrayRunning > 0
	if e.Stopping || limited || len(e.Limits) > 0 || len(e.Waits) > 0 || e.Place.Length == 0 {
		return
	}
	for _, c := range e.Candidates {
		if c.Why == broker.Fits && !c.Declined {
			s.w.fail("task %s waits, and nothing keeps %s from it: %+v", t.ID, c.Name, c)
		}
	}
	s.w.cover.add("explained", "waits for a worker")
}

// askQueues asks what waits and runs for whom.
func (w *world) askQueues() {
	if b := w.broker; b.up {
		w.oracle.schedule.tellsQueues(b.core.Queues(b.instant()))
	}
}

// queueCounts are how many tasks wait for a target, and how many attempts are out.
type queueCounts struct{ waiting, running int }

// tellsQueues checks what is told of queues against the tasks that there are.
func (s *schedule) tellsQueues(queues []broker.QueueInfo) {
	want := s.queues()
	for i := range queues {
		q := &queues[i]
		if got := (queueCounts{q.Waiting, q.Running}); got != want[q.Target] {
			s.w.fail("queue %+v is told to have %+v, and has %+v", q.Target, got, want[q.Target])
		}
		s.w.cover.addThose("queue", map[string]bool{"waiting": q.Waiting > 0, "running": q.Running > 0})
	}
	for target, n := range want {
		if !slices.ContainsFunc(queues, func(q broker.QueueInfo) bool { return q.Target == target }) {
			s.w.fail("queue %+v is not told of, and has %+v", target, n)
		}
	}
}

// queues counts the tasks: what waits by its target, what is out by that and by its
// worker, but once where that is the target.
func (s *schedule) queues() map[journal.Target]queueCounts {
	all := map[journal.Target]queueCounts{}
	add := func(target journal.Target, waiting, running int) {
		if waiting+running > 0 {
			all[target] = queueCounts{all[target].waiting + waiting, all[target].running + running}
		}
	}
	for _, t := range s.tasks {
		switch target := t.Spec.Target; {
		case t.Tally != nil:
			add(target, int(t.Tally.Unstarted()), 0)
		case t.State == journal.Pending:
			add(target, 1, 0)
		default:
			add(journal.Target{Kind: journal.ToWorker, Name: t.Worker}, 0, 1)
			if target.Kind != journal.ToWorker {
				add(target, 0, 1)
			}
		}
	}
	return all
}
