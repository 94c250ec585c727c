package sim

import (
	"slices"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// schedule is what the oracle knows of the tasks that wait to be dispatched: when
// each may be, and which goes first. It follows the records as the core makes
// them, with the clock of that moment, and starts anew with each life of the
// broker. A wait is promised in true time from the record that began it, or from
// the broker's start: the wall clock may be set meanwhile.
type schedule struct {
	w     *world
	tasks map[journal.ID]*waiting
	order []*waiting // as they were submitted; some may have ended
	ends  map[journal.ID]journal.Record
	over  map[journal.ID]*waiting // that have ended in this life
	asked *wire.Extend            // what the core hears now, if it is that
	turns turns

	wholes map[journal.ID]*waiting // arrays, also those that have ended

	limits limits
	all    broadcasts
}

// waiting is a task that has not ended.
type waiting struct {
	journal.Task
	comes time.Duration // when its time comes, by the world's clock
	ready time.Duration // when it could go for that, or since a record after which it could again

	until   map[journal.Reason]time.Duration // what its worker has changed is not over before
	made    time.Duration                    // when its first record was seen
	lifeEnd time.Duration                    // likewise; 0 for none, or one that was changed
	touched time.Duration                    // when a record of it was last made
	spoke   time.Duration                    // when something was last said of the running attempt
	spent
}

// ageing is how long a task waits for one step of priority.
const ageing = time.Minute

// restart takes in what a new life of the broker finds in the journal.
func (s *schedule) restart() {
	s.tasks, s.order = map[journal.ID]*waiting{}, nil
	s.over = map[journal.ID]*waiting{}
	s.recallWholes()
	s.turns = turns{fleetAt: s.w.now, served: map[string]map[string]time.Duration{}}
	s.restartLimits()
	s.recallEnds()
	s.restartBroadcasts()
	s.w.eachLive(func(t *journal.Task) {
		s.add(&waiting{Task: *t, spent: spentOf(s.w.oracle.history[t.ID])})
		if len(t.Waits) > 0 {
			s.w.cover.add("dependency", "waits over a restart")
		}
	})
	s.judgeSettled()
}

func (s *schedule) add(t *waiting) {
	t.comes, t.made = s.at(t.NotBeforeMS), s.w.now
	if t.Active() {
		t.comes = s.w.now
	}
	t.ready = t.comes
	if t.Spec.LifeTimeoutMS > 0 { // the wall clock may have gone back
		t.lifeEnd = min(s.at(t.SubmittedMS+t.Spec.LifeTimeoutMS), s.w.now+ms(t.Spec.LifeTimeoutMS))
	}
	if g := s.whole(t); g != nil {
		t.lifeEnd = 0 // one that was changed for it alone
		if t.Spec.LifeTimeoutMS == g.Spec.LifeTimeoutMS {
			t.lifeEnd = g.lifeEnd // they were submitted as one
		}
	}
	s.tasks[t.ID] = t
	if t.Tally != nil {
		s.wholes[t.ID] = t
	}
	s.order = append(s.order, t)
}

// retime takes in a record after which the task may have another time. If it has the same as
// before, that comes when it does, whatever the wall clock says now.
func (s *schedule) retime(t *waiting, before *journal.Task) {
	if t.NotBeforeMS != before.NotBeforeMS {
		t.comes = s.at(t.NotBeforeMS)
	}
	t.ready = max(t.comes, s.w.now)
}

// timely tells whether the task's time has come. The wall clock, which tells that, is read
// in whole milliseconds.
func (t *waiting) timely(now time.Duration) bool { return t.comes-time.Millisecond <= now }

// at returns when it is so late by the wall clock.
func (s *schedule) at(wallMS int64) time.Duration {
	return s.w.now + ms(max(wallMS-s.w.broker.instant().WallMS, 0))
}

// made takes in the records that the core has just made.
func (s *schedule) made(records []journal.Record) {
	for i := range records {
		s.step(&records[i])
	}
	for i := range records {
		if r := &records[i]; r.Kind == journal.KindSubmit {
			s.judgeNew(r.Task, r.Spec)
		}
	}
	if len(records) > 0 {
		s.judgeSettled()
		s.judgeLives()
	}
	s.judgeBroadcasts(records)
}

// step takes in a record, and judges what the task was before it and is after it.
func (s *schedule) step(r *journal.Record) {
	if r.Kind == journal.KindSetting {
		s.changeLimit(r)
		return
	}
	t := s.tasks[r.Task]
	if t == nil {
		t = &waiting{}
	}
	s.stepBefore(t, r)
	before := t.Task
	if err := t.Apply(r); err != nil {
		s.w.fail("the core makes a record that doesn't fit: %v", err)
	}
	s.w.cover.add("transition", Transition(r.Kind, before.State, &t.Task))
	t.touched = s.w.now
	s.stepAfter(t, r, &before)
}

func (s *schedule) stepBefore(t *waiting, r *journal.Record) {
	if r.Kind == journal.KindDispatch {
		s.judge(t, r.Worker)
		s.serve(clientOf(t.Spec), r.Worker)
	}
	if t.State != 0 {
		s.judgeFailure(t, r)
		s.judgeTime(t, r)
	}
}

func (s *schedule) stepAfter(t *waiting, r *journal.Record, before *journal.Task) {
	switch r.Kind {
	case journal.KindSubmit:
		s.add(t)
		s.coverSubmit(t.Spec)
		s.judgeRetried(t, r)
	case journal.KindMember, journal.KindJoin:
		s.add(t)
	case journal.KindDispatch:
		delete(t.until, journal.ReasonRunTimeout)
		delete(t.until, journal.ReasonSilence)
	case journal.KindStart:
		t.spoke = s.w.now
	case journal.KindStop:
		s.judgeLate(t, r)
	case journal.KindRequeue:
		s.judgeRetry(t, r, before.Failures)
		s.retime(t, before)
	case journal.KindEdit:
		s.edited(t, r, before)
	case journal.KindRelease:
		s.released(t, before)
	case journal.KindMet:
		s.judgeMet(t, r)
		s.retime(t, before)
	case journal.KindEnd:
		s.end(t, r)
	}
}

func (s *schedule) edited(t *waiting, r *journal.Record, before *journal.Task) {
	s.changed(t, r)
	s.judgeEdit(before.Spec, t, r)
	s.retime(t, before)
	if t.Spec.LifeTimeoutMS != before.Spec.LifeTimeoutMS {
		t.lifeEnd = 0
	}
}

func (s *schedule) released(t *waiting, before *journal.Task) {
	s.retime(t, before)
	if before.Exhausted {
		t.spent = spent{}
		s.w.cover.add("failing", "with fresh tries")
	}
}

func (s *schedule) end(t *waiting, r *journal.Record) {
	if r.Reason == journal.ReasonDependency && t.Member == nil {
		s.judgeUnmet(t)
	}
	s.ends[t.ID], s.over[t.ID] = *r, t
	delete(s.tasks, t.ID)
}

// judge tells whether a task may be dispatched now, and goes before the others that
// the worker could be given.
func (s *schedule) judge(t *waiting, worker string) {
	if !eligible(t) || !t.timely(s.w.now) {
		s.w.fail("task %s is dispatched, and is held (%v), waits for %v, or its time is %v", t.ID, t.Held, t.Waits, t.comes)
	}
	s.judgeAfter(t)
	if h := s.w.oracle.names.holders[worker]; h != nil && h.draining {
		s.w.fail("task %s is given to %s, which takes no more", t.ID, worker)
	}
	if t.NotBeforeMS > s.w.broker.instant().WallMS {
		s.w.cover.add("schedule", "in time, but not by the wall clock")
	} else if t.NotBeforeMS > t.SubmittedMS {
		s.w.cover.add("schedule", "after its time")
	}
	alone := s.alone(t, worker)
	for _, other := range s.order {
		same := alone || sameWorkers(t, other)
		if other != t && clientOf(other.Spec) == clientOf(t.Spec) && same && s.alike(t, other) && comparable(t, other) && s.could(other, worker) && s.waits(other) {
			s.judgeOrder(t, other)
		}
	}
	s.judgePlace(t, worker)
	s.judgeLeastBusy(t, worker)
	s.judgeTurns(t, worker)
	s.judgeLimits(t)
	s.judgeMember(t)
}

// judgeOrder tells whether a task goes before one of its client's that waits for the
// same worker.
func (s *schedule) judgeOrder(t, other *waiting) {
	switch {
	case !before(t, other):
		s.w.fail("task %s (priority %d) is dispatched before %s (priority %d), which waits for the same worker",
			t.ID, t.Spec.Priority, other.ID, other.Spec.Priority)
	case t.ID.Compare(other.ID) > 0:
		s.w.cover.add("schedule", "first by its priority")
	case t.Spec.Priority < other.Spec.Priority:
		s.w.cover.add("schedule", "first by its age")
	}
}

// eligible tells whether a task waits for nothing but its time and a worker.
func eligible(t *waiting) bool {
	return t.State == journal.Pending && !t.Held && len(t.Waits) == 0
}

// sameWorkers tells whether two tasks can be given to the same workers, whoever those are.
func sameWorkers(t, other *waiting) bool {
	return other.Spec.Target == t.Spec.Target && other.Spec.Where == t.Spec.Where && other.Pinned == t.Pinned &&
		slices.Equal(other.Declined, t.Declined)
}

// declinedBy tells whether a worker has declined the task, maybe in an earlier life.
func (t *waiting) declinedBy(worker string) bool {
	return slices.ContainsFunc(t.Declined, func(d journal.Decline) bool { return d.Worker == worker })
}

// before tells whether a task goes before another one.
func before(a, b *waiting) bool {
	age := func(t *waiting) int64 {
		return int64(t.ID.Time()) - int64(t.Spec.Priority)*ageing.Milliseconds()
	}
	if age(a) != age(b) {
		return age(a) < age(b)
	}
	return a.ID.Compare(b.ID) < 0
}

// judgeRetry tells whether a task waits as it asked for after a failure, and not
// after anything else.
func (s *schedule) judgeRetry(t *waiting, r *journal.Record, failures uint32) {
	want := int64(0)
	if t.Failures > failures {
		want = t.Spec.RetryDelayMS << min(failures, 20)
		want = min(want, max(t.Spec.RetryDelayMaxMS, t.Spec.RetryDelayMS))
	}
	spread := want * int64(t.Spec.RetryJitter) / 100
	if r.DelayMS < want-spread || r.DelayMS > want+spread {
		s.w.fail("task %s waits %d ms after %d failures (%s), and asked for %d, give or take %d", t.ID, r.DelayMS, t.Failures, r.Reason, want, spread)
	}
	if r.DelayMS != want {
		s.w.cover.add("failing", "with a jitter")
	}
	if want > t.Spec.RetryDelayMS {
		s.w.cover.add("schedule", "waits longer with each failure")
	}
}

func (s *schedule) coverSubmit(spec *journal.Spec) {
	s.w.cover.addThose("schedule", map[string]bool{
		"submitted held": spec.Hold, "submitted with a delay": spec.DelayMS > 0,
		"submitted with a time": spec.NotBeforeMS > 0, "submitted with a priority": spec.Priority != 0,
	})
	for i := range journal.Options {
		if o := &journal.Options[i]; o.IsSet(spec) {
			s.w.cover.add("option", o.Name)
		}
	}
}
