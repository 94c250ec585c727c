package sim

import (
	"bcp/broker"
	"bcp/journal"
)

// judgeLeastBusy tells whether no other worker that could be given a task now has more
// slots free than the one that is. The task has not been counted yet.
func (s *schedule) judgeLeastBusy(t *waiting, worker string) {
	k := s.turns.info(worker)
	if k == nil || !s.anyWillDo(t) || s.mayBeWoken(t) || s.comes(worker) {
		return
	}
	for i := range s.turns.fleet {
		other := &s.turns.fleet[i]
		if other.Name == worker || !s.hasRoom(other, t) || s.mayBeKept(other, t) {
			continue
		}
		if here, there := s.free(k), s.free(other); there > here {
			s.w.fail("task %s is given to %s, which has %d slots free, and %s has %d", t.ID, worker, here, other.Name, there)
		} else if there < here {
			s.w.cover.add("place", "the least busy")
		}
	}
}

// anyWillDo tells whether all workers that can do a task are the same to it, as it asks
// and as its array does.
func (s *schedule) anyWillDo(t *waiting) bool {
	plain := func(t *waiting) bool { return t.Pinned == "" && t.Spec.Prefer == "" }
	g := s.whole(t)
	return t.Spec.Target.Kind != journal.ToWorker && plain(t) && (g == nil || plain(g))
}

// mayBeWoken tells whether a limit may have kept a task until now, or what counts for
// the same: who is woken first for that takes the first of all that wait for him.
func (s *schedule) mayBeWoken(t *waiting) bool {
	return s.limits.limited(t.Spec) || len(t.Spec.LimitKeys) > 0 || s.limits.changed == s.w.now
}

// comes tells whether a worker is just being let in: it is offered what it has lost, and
// takes all at once that waits for it, in its order.
func (s *schedule) comes(worker string) bool {
	for _, c := range s.w.oracle.claims {
		if c.at == s.w.now && c.name == worker {
			return true
		}
	}
	return false
}

// free is how many slots a worker has free.
func (s *schedule) free(k *broker.WorkerInfo) int {
	free := k.Slots
	for _, t := range s.tasks {
		if t.Active() && t.Worker == k.Name {
			free--
		}
	}
	return free
}

// hasRoom tells whether a worker could be given the task now.
func (s *schedule) hasRoom(k *broker.WorkerInfo, t *waiting) bool {
	left, _ := s.leftOf(k)
	_, short := left.Short(amountsOf(t.Spec.Resources))
	return k.Live && !k.Draining && s.could(t, k.Name) && s.free(k) > 0 && !short
}

// mayBeKept tells whether a worker may be kept for another task, which was passed over
// for long.
func (s *schedule) mayBeKept(k *broker.WorkerInfo, t *waiting) bool {
	for _, other := range s.order {
		if other != t && s.tasks[other.ID] == other && s.could(other, k.Name) && s.mayBeKeptFor(other) {
			return true
		}
	}
	return false
}
