package sim

import (
	"slices"
	"strings"
	"time"

	"bcp/broker"
	"bcp/journal"
)

// turns is what the oracle knows of who was served when, to see that clients take
// turns. It knows less of a turn's age than the core: an upper bound for who is
// served, a lower one for who waits, and it says nothing of a client that was not
// served since the workers changed, with whom the lines of the core do.
type turns struct {
	fleet   []broker.WorkerInfo
	fleetAt time.Duration                       // when the workers changed last
	served  map[string]map[string]time.Duration // client, worker: when it last took a task of the client's
}

// shared is what the session of every client begins with when all of them are
// taken for one.
const shared = "shared/"

// clientOf returns the true name of who submitted a task.
func clientOf(s *journal.Spec) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(s.Client, shared), "/")
	return name
}

// lookAtFleet takes in which workers the core knows, and what they serve. One that has
// registered anew is another one: it may not have declined what it did.
func (s *schedule) lookAtFleet() {
	now := s.w.broker.instant()
	fleet := s.w.broker.core.Workers(now)
	for i := range fleet {
		fleet[i].Since = now.Mono - fleet[i].Since // when, and not how long ago
	}
	same := func(a, b broker.WorkerInfo) bool {
		return a.Name == b.Name && a.Since == b.Since && slices.Equal(a.Services, b.Services) && slices.Equal(a.Labels, b.Labels) && slices.Equal(a.Total, b.Total)
	}
	if !slices.EqualFunc(fleet, s.turns.fleet, same) {
		s.turns.fleetAt = s.w.now
	}
	s.turns.fleet = fleet
}

// serve takes in that a worker takes a task of the client's.
func (s *schedule) serve(client, worker string) {
	if s.turns.served[client] == nil {
		s.turns.served[client] = map[string]time.Duration{}
	}
	s.turns.served[client][worker] = s.w.now
}

// could tells whether a worker could be given the task: of one that the core doesn't know any
// more only its name is known.
func (s *schedule) could(t *waiting, worker string) bool {
	k := s.turns.info(worker)
	if k == nil {
		return t.Spec.Target == journal.Target{Kind: journal.ToWorker, Name: worker} && !t.declinedBy(worker)
	}
	return serves(t.Spec.Target, worker, k.Services) && !t.declinedBy(worker) && canDo(offerOf(k), &t.Task)
}

// lastServed is when a worker that could be given the task last took one of its
// client's; 0 for never.
func (s *schedule) lastServed(t *waiting) (last time.Duration) {
	for worker, at := range s.turns.served[clientOf(t.Spec)] {
		if s.could(t, worker) {
			last = max(last, at)
		}
	}
	return last
}

// judgeTurns tells whether it is the turn of the client whose task a worker takes,
// against all others that have something for the same target.
func (s *schedule) judgeTurns(t *waiting, worker string) {
	if s.mayBeKeptFor(t) {
		return
	}
	served := s.lastServed(t)
	for _, own := range s.order {
		if clientOf(own.Spec) == clientOf(t.Spec) && eligible(own) && s.could(own, worker) {
			served = min(served, s.lastServed(own)) // it may be their turn that has come
		}
	}
	if served <= s.turns.fleetAt {
		return
	}
	due := served - ageing*time.Duration(s.topPriority(clientOf(t.Spec)))
	for _, other := range s.order {
		if !sameWorkers(t, other) || clientOf(other.Spec) == clientOf(t.Spec) || !s.could(other, worker) || !s.waits(other) || s.limits.limited(other.Spec) || !comparable(t, other) {
			continue
		}
		since := max(s.lastServed(other), other.ready)
		if due > since-ageing*time.Duration(other.Spec.Priority) {
			s.w.fail("task %s of %s is dispatched, which was served at %v; %s of %s waits since %v (priorities %d and %d)",
				t.ID, clientOf(t.Spec), served, other.ID, clientOf(other.Spec), since, t.Spec.Priority, other.Spec.Priority)
		}
		s.w.cover.add("schedule", "clients take turns")
		if t.ID.Compare(other.ID) > 0 {
			s.w.cover.add("schedule", "first by its client's turn")
		}
	}
}

// mayBeKeptFor tells whether a worker may have been kept for a task that was passed over
// for long: then it goes, whoever's turn it is. Where the wall clock is set, nobody can say
// for how long: that tells the core once since when the task waits.
func (s *schedule) mayBeKeptFor(t *waiting) bool {
	const passedOverMS = 60_000
	return len(t.Spec.Resources) > 0 && (s.w.plan.weights[actClock] > 0 ||
		s.w.broker.instant().WallMS-max(t.PendingMS, t.NotBeforeMS) >= passedOverMS)
}

// alone tells whether nothing of other clients than the task's could be given to the
// worker.
func (s *schedule) alone(t *waiting, worker string) bool {
	return !slices.ContainsFunc(s.order, func(other *waiting) bool {
		return clientOf(other.Spec) != clientOf(t.Spec) && (eligible(other) || other.Tally != nil) && s.could(other, worker)
	})
}

// alike tells whether the same limits keep both tasks, or none the other one.
func (s *schedule) alike(t, other *waiting) bool {
	return t.Spec.Target == other.Spec.Target && slices.Equal(t.Spec.LimitKeys, other.Spec.LimitKeys) || !s.limits.limited(other.Spec)
}

// topPriority is the highest priority of a client's tasks that could be dispatched.
func (s *schedule) topPriority(client string) int32 {
	top := int32(-1 << 30)
	for _, t := range s.order {
		if clientOf(t.Spec) == client && (eligible(t) || t.Tally != nil) {
			top = max(top, t.Spec.Priority)
		}
	}
	return top
}

// waits tells whether a task waits for nothing but a worker. One whose time comes at
// this very moment may not have been looked at yet. Of an array, and of members that a
// limit of it may keep, nothing is said.
func (s *schedule) waits(t *waiting) bool {
	if g := s.whole(t); t.Tally != nil || g != nil && (g.Spec.ArrayRunning > 0 || s.keptBack(t)) {
		return false
	}
	return eligible(t) && t.ready < s.w.now
}
