package sim

import (
	"slices"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/place"
)

// Where tasks run. In half of the lives workers have labels and resources, and some
// tasks ask for them.
var (
	zones     = []string{"zone=a", "zone=b"}
	selectors = []string{"zone=a", "zone!=a", "zone=a|b", "disk", "!disk", "zone=b,disk=fast", "worker=w0", "worker!=w0"}
	amounts   = []string{"cpu=500m", "cpu=1", "cpu=2", "cpu=3"}
)

// equip makes up what a worker has. It is the same in all its lives.
func (k *worker) equip() {
	if !k.w.plan.places {
		return
	}
	k.offer = place.Offer{Worker: k.name, Labels: []string{pick(k.w, zones)}}
	if k.w.chance(500) {
		k.offer.Labels = append(k.offer.Labels, "disk=fast")
	}
	if k.w.chance(800) {
		k.offer.Resources = amountsOf([]string{pick(k.w, amounts)})
	}
}

// amountsOf reads amounts that are known to be such.
func amountsOf(list []string) place.Amounts { return sure(place.ParseAmounts(list)) }

// selectorOf reads a selector that is known to be one.
func selectorOf(text string) place.Selector { return sure(place.ParseSelector(text)) }

// sure returns what cannot fail.
func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// placeBy makes up what a task asks of its worker.
func (w *world) placeBy(s *journal.Spec) {
	if !w.plan.places {
		return
	}
	if w.chance(250) {
		s.Where = pick(w, selectors)
		if w.chance(300) {
			s.Target = journal.Target{Kind: journal.ToAny}
		}
	}
	if w.chance(400) {
		s.Resources = []string{pick(w, amounts)}
	}
	if w.chance(150) {
		s.Prefer, s.PreferForMS = pick(w, selectors), between(w.rand, 1e6, 5e9).Milliseconds()
	}
}

// followOne makes a client's task run where another one ran.
func (c *client) followOne(s *journal.Spec) {
	if !c.w.plan.places || !c.w.chance(100) || s.Target.Kind == journal.ToAll {
		return
	}
	if x := pick(c.w, c.wants); x.known && !x.foreign {
		s.After = append(s.After, journal.Dependency{Task: x.id, Wants: journal.WantsWorker})
		if s.Where != "" || c.w.chance(300) {
			s.Target = journal.Target{Kind: journal.ToAny}
		}
	}
}

// serves tells whether a target means a worker with these services.
func serves(target journal.Target, name string, services []string) bool {
	if target.Kind == journal.ToWorker {
		return target.Name == name
	}
	return target.Name == "" || slices.Contains(services, target.Name)
}

// canDo tells whether a worker is what a task asks for, sooner or later.
func canDo(o *place.Offer, t *journal.Task) bool {
	_, short := o.Resources.Short(amountsOf(t.Spec.Resources))
	return selectorOf(t.Spec.Where).Matches(o) && !short && (t.Pinned == "" || t.Pinned == o.Worker)
}

// info is what the core knows of a worker, nil if it doesn't.
func (s *turns) info(name string) *broker.WorkerInfo {
	i := slices.IndexFunc(s.fleet, func(k broker.WorkerInfo) bool { return k.Name == name })
	if i < 0 {
		return nil
	}
	return &s.fleet[i]
}

func offerOf(k *broker.WorkerInfo) *place.Offer {
	return &place.Offer{Worker: k.Name, Labels: k.Labels, Resources: k.Total}
}

// judgePlace tells whether a worker is what a task asks for that it is given, and
// has as much left.
func (s *schedule) judgePlace(t *waiting, worker string) {
	k := s.turns.info(worker)
	if k == nil {
		return // it was known when the task was given to it, and is gone
	}
	o := offerOf(k)
	if !canDo(o, &t.Task) {
		s.w.fail("task %s is given to %s with %v and %v, and wants %q, %v, %q", t.ID, worker, o.Labels, o.Resources, t.Spec.Where, t.Spec.Resources, t.Pinned)
	}
	left, busy := s.leftOf(k)
	needs := amountsOf(t.Spec.Resources)
	if r, short := left.Short(needs); short {
		s.w.fail("task %s is given to %s, which has %v left and not %v", t.ID, worker, left, r)
	}
	s.judgePreference(t, o)
	s.coverPlace(t, busy && len(needs) > 0)
}

// leftOf is what the attempts of a worker leave of its resources, and whether any of
// them takes some.
func (s *schedule) leftOf(k *broker.WorkerInfo) (left place.Amounts, busy bool) {
	left = slices.Clone(k.Total)
	for _, t := range s.tasks {
		if t.Active() && t.Worker == k.Name {
			left.Add(amountsOf(t.Spec.Resources), -1)
			busy = busy || len(t.Spec.Resources) > 0
		}
	}
	return left, busy
}

// judgePreference tells whether a task has waited for a worker that it prefers for as
// long as it asked. Where the wall clock is set, nobody can say.
func (s *schedule) judgePreference(t *waiting, o *place.Offer) {
	if t.Spec.Prefer == "" || s.w.plan.weights[actClock] > 0 {
		return
	}
	if selectorOf(t.Spec.Prefer).Matches(o) {
		s.w.cover.add("place", "preferred")
		return
	}
	const rounded = 2 // ms
	waited := s.w.broker.instant().WallMS - max(t.PendingMS, t.NotBeforeMS)
	if waited < t.Spec.PreferForMS-rounded {
		s.w.fail("task %s is given to %s after %d ms, and prefers %q for %d ms", t.ID, o.Worker, waited, t.Spec.Prefer, t.Spec.PreferForMS)
	}
	s.w.cover.add("place", "content with another")
}

func (s *schedule) coverPlace(t *waiting, shared bool) {
	s.w.cover.addThose("place", map[string]bool{
		"where": t.Spec.Where != "", "any worker": t.Spec.Target.Kind == journal.ToAny,
		"resources": len(t.Spec.Resources) > 0, "resources beside others": shared, "the same worker": t.Pinned != "",
	})
}

// comparable tells whether two tasks that wait for the same worker are told apart by
// nothing but who goes first: neither is passed over for what it needs, or both are.
func comparable(t, other *waiting) bool {
	a, b := t.Spec, other.Spec
	if a.Prefer != "" || b.Prefer != "" {
		return false
	}
	if t.Member != nil || other.Member != nil || t.Tally != nil || other.Tally != nil {
		return false // an array and its members with rows stand in lines of their own
	}
	return len(a.Resources)+len(b.Resources) == 0 ||
		a.Target == b.Target && a.Where == b.Where && t.Pinned == other.Pinned && slices.Equal(a.Resources, b.Resources)
}

// judgeWorker tells whether a task has to run where another one runs, or ran last.
func (s *schedule) judgeWorker(t *waiting, r *journal.Record) {
	worker := s.ends[r.Other].Worker
	if other := s.tasks[r.Other]; other != nil {
		worker = other.Worker
	}
	if worker != "" && r.Worker != worker || r.Worker == "" {
		s.w.fail("task %s has to run at %q, for %s ran at %q", t.ID, r.Worker, r.Other, worker)
	}
	s.w.cover.add("dependency", journal.WantsWorker.String()+" is met")
}

// judgeMatch tells whether a worker matches the task that it is told to do, as that was then:
// a worker that was frozen hears of it late.
func (o *oracle) judgeMatch(k *worker, d *wire.Dispatch) {
	e, err := o.w.broker.store.Get(d.Task)
	if err == nil && !stood(&e, func(t *journal.Task) bool { return t.Attempt == d.Attempt && canDo(&k.offer, t) }) {
		o.w.fail("%s with %v and %v is to do %s, which wants %q and %v", k.name, k.offer.Labels, k.offer.Resources, d.Task, e.Task.Spec.Where, e.Task.Spec.Resources)
	}
}
