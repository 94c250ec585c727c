package sim

import (
	"time"

	"bcp/journal"
)

// lateMax is how long after its time something may still be due: the wall clock is read
// in whole milliseconds.
const lateMax = 5 * time.Millisecond

// judgeOverdue tells whether a time of some task is over and nothing was done about it.
// Where the wall clock is set, nobody can say.
func (s *schedule) judgeOverdue() {
	b := s.w.broker
	if s.w.plan.weights[actClock] > 0 || b.stopping || s.w.now-b.born <= lateMax {
		return
	}
	for _, t := range s.order {
		if s.tasks[t.ID] != t || t.Tally != nil || t.Member != nil || s.w.now-t.touched <= lateMax {
			continue
		}
		for why, limit := range s.limitsOf(t) {
			if limit.ms > 0 && b.instant().WallMS-limit.sinceMS > limit.ms+lateMax.Milliseconds() {
				s.w.fail("task %s is %s, and its %s of %d ms is over since %d", t.ID, t.State, why, limit.ms, limit.sinceMS+limit.ms)
			}
		}
	}
}

// timeLimit is a time that a task has for something, from a moment on.
type timeLimit struct{ sinceMS, ms int64 }

// limitsOf returns the times that run for a task: of one that is being stopped, none.
func (s *schedule) limitsOf(t *waiting) map[journal.Reason]timeLimit {
	if t.State == journal.Canceling || t.Stopping != journal.ReasonNone {
		return nil
	}
	limits := map[journal.Reason]timeLimit{journal.ReasonLifeTimeout: {t.SubmittedMS, t.Spec.LifeTimeoutMS}}
	switch {
	case t.State == journal.Dispatched:
		limits[journal.ReasonStartTimeout] = s.w.oracle.startLimit(t)
	case t.State == journal.Running:
		limits[journal.ReasonRunTimeout] = timeLimit{t.StartedMS, t.Spec.RunTimeoutMS}
	case eligible(t):
		limits[journal.ReasonQueueTimeout] = timeLimit{max(t.PendingMS, t.NotBeforeMS), t.Spec.QueueTimeoutMS}
	}
	return limits
}
