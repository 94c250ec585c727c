package broker

import (
	"time"

	"bcp/journal"
)

// Limiting is a limit that keeps a pending task from being dispatched now.
type Limiting struct {
	Scope   journal.LimitScope
	Name    string
	Out     int          // attempts that it counts
	Running int          // that may be out at a time; 0 if only the rate keeps the task
	Own     bool         // it is the task that says so
	Rate    journal.Rate // of dispatches; 0 if the rate doesn't keep the task
	In      time.Duration
}

// ArrayRunning is the ID of the limit that an array sets for its own members: the
// option that sets it.
const ArrayRunning = "array-running"

// ID returns the limit's scope and name as operators write them.
func (l *Limiting) ID() string {
	if l.Scope == 0 {
		return ArrayRunning
	}
	return l.Scope.String() + "/" + l.Name
}

// Limited tells, for each of the tasks that waits for a worker, which limits keep it. Tasks
// that no limit keeps are left out. Its time grows with the number of IDs.
func (b *Broker) Limited(now Instant, ids []journal.ID) map[journal.ID][]Limiting {
	kept := make(map[journal.ID][]Limiting)
	for _, id := range ids {
		if t := b.tasks.get(id); t != nil && t.lane != nil {
			if by := t.lane.quota.limiting(now); len(by) > 0 {
				kept[id] = by
			}
		}
	}
	return kept
}

// limiting tells all that are closed.
func (q *quota) limiting(now Instant) (list []Limiting) {
	for _, s := range q.shares {
		if !s.closed(now) {
			continue
		}
		l := Limiting{Scope: s.ref.scope, Name: s.ref.name, Out: s.out}
		if s.full() {
			l.Running, l.Own = int(s.bound()), s.set.Running == 0
		}
		if !s.pays(now) {
			l.Rate, l.In = s.rate, s.from()-now.Mono
		}
		list = append(list, l)
	}
	return list
}
