package sim

import (
	"slices"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// limitKeys are what tasks name to be limited by, and at times how far.
var limitKeys = [][]string{{"k"}, {"k=1"}, {"k=3"}, {"x=2", "k=2"}, {"k=2", "x=2"}, {"x"}}

// limitBy makes up by which keys a task is limited: most by none.
func (w *world) limitBy(s *journal.Spec) {
	if w.plan.weights[actLimit] > 0 && w.chance(250) {
		s.LimitKeys = slices.Clone(pick(w, limitKeys))
	}
}

// limit sets a limit, or unsets one. It is not so low that the tasks of a life
// could not be done in the time that they have in the end.
func (w *world) limit() {
	m := &wire.Limit{Req: 1, Do: wire.LimitSet, What: journal.Limit{Scope: journal.LimitScope(1 + w.rand.IntN(3))}, By: "operator", Text: "because"}
	switch m.What.Scope {
	case journal.LimitService:
		m.What.Name = pick(w, serviceNames)
	case journal.LimitClient:
		m.What.Name = pick(w, w.clients).name
	case journal.LimitKey:
		m.What.Name = pick(w, []string{"k", "x"})
	}
	if w.chance(700) {
		m.What.Running = 1 + w.rand.Uint32N(3)
	}
	if m.What.Scope == journal.LimitService && w.chance(500) || !m.What.Set() {
		m.What = journal.Limit{Scope: journal.LimitService, Name: pick(w, serviceNames), Running: m.What.Running}
		m.What.Rate, m.What.Burst = journal.Rate(500+w.rand.IntN(5000)), w.rand.Uint32N(4)
	}
	if w.chance(300) {
		m.Do, m.What.Burst = wire.LimitUnset, 0
	}
	if w.chance(100) {
		m.Do, m.What = wire.LimitList, journal.Limit{}
	}
	if w.chance(500) {
		w.operator.change(m)
	} else {
		pick(w, w.clients).ask(m)
	}
}

// limitRef names a limit.
type limitRef struct {
	scope journal.LimitScope
	name  string
}

// limits is what the oracle knows of limits: which are in force, as the core makes
// their records, what they count, and when a rate was used since it is as it is.
type limits struct {
	set  map[limitRef]journal.Limit
	used map[string][]time.Duration // by service
	said map[string][]journal.Record

	changed time.Duration // when one was set or unset last
}

// restartLimits takes in which limits a new life of the broker finds in the journal.
func (s *schedule) restartLimits() {
	l, before := &s.limits, s.limits.set
	l.set = map[limitRef]journal.Limit{}
	if l.used == nil {
		l.used, l.said = map[string][]time.Duration{}, map[string][]journal.Record{}
	}
	err := s.w.broker.store.Settings(func(r journal.Record) error {
		s.readLimit(&r)
		l.commit(&r)
		return nil
	})
	if err != nil {
		s.w.fail("the settings cannot be read: %v", err)
	}
	for ref, was := range before {
		if now := l.set[ref]; now.Rate != was.Rate || now.Burst != was.Burst {
			delete(l.used, ref.name)
		}
		if now := l.set[ref]; now.Set() {
			s.w.cover.add("limit", "in force over a restart")
		}
	}
}

// readLimit takes in a record of a limit, which it returns.
func (s *schedule) readLimit(r *journal.Record) journal.Limit {
	limit, ok, err := journal.ParseLimit(r.Setting)
	if !ok || err != nil {
		s.w.fail("setting %+v is no limit: %v", *r.Setting, err)
	}
	s.limits.set[limitRef{limit.Scope, limit.Name}] = limit
	return limit
}

// changeLimit takes in that the core changes a limit.
func (s *schedule) changeLimit(r *journal.Record) {
	s.limits.changed = s.w.now
	limit := s.readLimit(r)
	if limit.Scope == journal.LimitService {
		delete(s.limits.used, limit.Name)
	}
	s.w.cover.add("limit", map[bool]string{true: "set", false: "unset"}[limit.Set()])
}

// commit takes in what the journal has said of a limit.
func (l *limits) commit(r *journal.Record) {
	l.said[r.Setting.Name] = append(l.said[r.Setting.Name], *r)
}

// counts are the limits that count a task's attempts.
func counts(spec *journal.Spec) []limitRef {
	refs := []limitRef{{journal.LimitClient, spec.ClientName()}}
	if spec.Target.Kind == journal.ToService {
		refs = append(refs, limitRef{journal.LimitService, spec.Target.Name})
	}
	for _, key := range spec.LimitKeys {
		name, _ := journal.ParseLimitKey(key)
		refs = append(refs, limitRef{journal.LimitKey, name})
	}
	return refs
}

// bound is how many attempts of a limit may be out for a task to be dispatched, 0
// for any number.
func (l *limits) bound(ref limitRef, spec *journal.Spec) uint32 {
	if set := l.set[ref]; set.Running > 0 || ref.scope != journal.LimitKey {
		return set.Running
	}
	for _, key := range spec.LimitKeys {
		if name, own := journal.ParseLimitKey(key); name == ref.name {
			return own
		}
	}
	return 0
}

// limited tells whether any limit is in force for the task.
func (l *limits) limited(spec *journal.Spec) bool {
	return slices.ContainsFunc(counts(spec), func(ref limitRef) bool {
		return l.bound(ref, spec) > 0 || l.set[ref].Rate > 0
	})
}

// out counts the attempts that are out and count for a limit.
func (s *schedule) out(ref limitRef) (n uint32) {
	for _, t := range s.tasks {
		if t.Active() && slices.Contains(counts(t.Spec), ref) {
			n++
		}
	}
	return n
}

// judgeLimits tells whether all limits allow a task that is dispatched now.
func (s *schedule) judgeLimits(t *waiting) {
	for _, ref := range counts(t.Spec) {
		out, bound := s.out(ref), s.limits.bound(ref, t.Spec)
		if bound == 0 {
			continue
		}
		if out >= bound {
			s.w.fail("task %s is dispatched, and %d attempts of %s %s are out, as many as may be", t.ID, out, ref.scope, ref.name)
		}
		s.w.cover.add("limit", "dispatched within that of a "+ref.scope.String())
		if out+1 == bound {
			s.w.cover.add("limit", "reached")
		}
	}
	if set := s.limits.set[limitRef{journal.LimitService, t.Spec.Target.Name}]; t.Spec.Target.Kind == journal.ToService && set.Rate > 0 {
		s.judgeRate(t.Spec.Target.Name, set)
	}
}

// judgeRate tells whether the dispatches of a service, with the one that happens now,
// are within its rate and its burst, whatever time is looked at.
func (s *schedule) judgeRate(service string, set journal.Limit) {
	used := append(s.limits.used[service], s.w.now)
	s.limits.used[service] = used
	interval := 1000 * time.Second / time.Duration(set.Rate)
	for i, at := range used {
		if more := len(used) - i - int(set.Burst); more > 0 && s.w.now-at < time.Duration(more)*interval {
			s.w.fail("service %s: %d dispatches in %v, with a rate of %v and a burst of %d", service, len(used)-i, s.w.now-at, set.Rate, set.Burst)
		}
	}
	s.w.cover.add("limit", "dispatched within a rate")
}

// tellsLimits checks that what is told of limits is what the journal has said.
func (o *oracle) tellsLimits(m *wire.Limits) {
	for i := range m.Items {
		item := &m.Items[i]
		said := o.schedule.limits.said[item.SettingName()]
		is := func(r journal.Record) bool {
			return r.Setting.Value == item.Value() && r.Time == item.AtMS && r.By == item.By && r.Text == item.Text
		}
		if !slices.ContainsFunc(said, is) && (item.Set() || item.AtMS != 0) {
			o.w.fail("limit %+v is told, and the journal has %+v", *item, said)
		}
	}
}
