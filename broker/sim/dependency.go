package sim

import (
	"slices"

	"bcp/broker/wire"
	"bcp/journal"
)

// dependOn makes up which of its earlier tasks one of a client's waits for. Now and
// then one that there is not is among them.
func (c *client) dependOn(s *journal.Spec) {
	w := c.w
	if !w.chance(300) {
		return
	}
	for range 1 + w.rand.IntN(3) {
		if x := pick(w, c.wants); x.known && !waitsFor(s.After, x.id) {
			s.After = append(s.After, journal.Dependency{Task: x.id, Wants: w.someWants()})
		}
	}
	if w.chance(30) {
		s.After = append(s.After, journal.Dependency{Task: journal.ID{15: 1}, Wants: w.someWants()})
	}
	s.FailUnmet = w.chance(500)
}

func (w *world) someWants() journal.Wants { return journal.Wants(1 + w.rand.IntN(3)) }

func waitsFor(list []journal.Dependency, id journal.ID) bool {
	return slices.ContainsFunc(list, func(d journal.Dependency) bool { return d.Task == id })
}

// refusedAfter tells whether a submit waits for nothing but accepted tasks, and
// was refused as if there were none.
func (o *oracle) refusedAfter(m *wire.Refuse, after []journal.Dependency) bool {
	return m.Code == wire.CodeUnknownTask && len(after) > 0 &&
		!slices.ContainsFunc(after, func(d journal.Dependency) bool { return !o.accepted[d.Task] || o.isForgotten(d.Task) })
}

// asWanted tells whether a task has ended as another one that waits for it wants.
func (s *schedule) asWanted(d journal.Dependency) bool {
	end, over := s.ended(d.Task)
	switch d.Wants {
	case journal.WantsDone:
		return over && end.State == journal.Done
	case journal.WantsFailure:
		return over && end.State != journal.Done
	case journal.WantsWorker:
		other := s.tasks[d.Task]
		return over && end.Attempt > 0 || other != nil && other.Worker != ""
	}
	return over
}

// judgeAfter tells whether everything that a task waits for is as it wants, now
// that it is dispatched.
func (s *schedule) judgeAfter(t *waiting) {
	for _, d := range t.Spec.After {
		if !s.asWanted(d) {
			s.w.fail("task %s is dispatched, and waits for %s, which is %s", t.ID, d, s.ends[d.Task].State)
		}
	}
}

// judgeMet tells whether a task has to wait for another one no more.
func (s *schedule) judgeMet(t *waiting, r *journal.Record) {
	if r.Worker != "" {
		s.judgeWorker(t, r)
		return
	}
	for _, d := range t.Spec.After {
		if d.Task != r.Other || d.Wants == journal.WantsWorker {
			continue
		}
		if !s.asWanted(d) {
			s.w.fail("task %s waits no more for %s, which is %s", t.ID, d, s.ends[r.Other].State)
		}
		s.w.cover.add("dependency", d.Wants.String()+" is met")
	}
}

// judgeUnmet tells whether a task had to end because of what it waits for, and as
// it asked.
func (s *schedule) judgeUnmet(t *waiting) {
	i := slices.IndexFunc(t.Spec.After, func(d journal.Dependency) bool {
		_, over := s.ended(d.Task)
		return over && !s.asWanted(d)
	})
	if i < 0 || t.Attempt > 0 || (t.State == journal.Failed) != t.Spec.FailUnmet {
		s.w.fail("task %s ended as %s for a dependency, and it waits for %v", t.ID, t.State, t.Spec.After)
	}
	s.w.cover.add("dependency", "unmet: "+t.State.String())
	if s.ends[t.Spec.After[i].Task].Reason == journal.ReasonDependency {
		s.w.cover.add("dependency", "unmet, one after another")
	}
}

// judgeSettled tells whether somebody waits for what is over: one commit has an
// end and what follows from it.
func (s *schedule) judgeSettled() {
	for _, t := range s.order {
		for _, d := range t.Spec.After {
			end, over := s.ended(d.Task)
			if (over || s.asWanted(d)) && t.State == journal.Pending && slices.Contains(t.Waits, d) {
				s.w.fail("task %s waits for %s, which has ended as %s or has a worker", t.ID, d, end.State)
			}
		}
	}
}

// recallEnds takes in from the journal how tasks have ended.
func (s *schedule) recallEnds() {
	s.ends = map[journal.ID]journal.Record{}
	for _, id := range s.w.oracle.ids {
		records := s.w.oracle.history[id]
		if last := records[len(records)-1]; last.Kind == journal.KindEnd {
			s.ends[id] = last
		}
	}
}

// judgeNew tells whether a task that was accepted waits for others that there are.
func (s *schedule) judgeNew(id journal.ID, spec *journal.Spec) {
	for _, d := range spec.After {
		if id.Compare(d.Task) < 0 {
			s.w.cover.add("batch", "waits for a later one")
		}
		if _, over := s.ended(d.Task); over {
			s.w.cover.add("dependency", "on one that has ended")
		} else if s.tasks[d.Task] == nil && s.wholeOf(d.Task) == nil {
			s.w.fail("task %s is accepted, and waits for %s, which nobody knows", id, d)
		}
	}
	if len(spec.After) > 1 {
		s.w.cover.add("dependency", "on several")
	}
}
