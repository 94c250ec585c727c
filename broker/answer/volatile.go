package answer

import (
	"bcp/broker"
	"bcp/broker/view"
	"bcp/journal"
)

// Volatile is what only the loop knows of tasks that have not ended: the last words of
// their attempts, and what keeps workers from pending ones, or limits these, until when.
type Volatile struct {
	said      map[journal.ID]broker.ProgressInfo
	hindrance map[journal.ID]broker.Why
	limits    map[journal.ID][]broker.Limiting
	dates     map[journal.ID]int64 // see broker.Dates
	now       view.Time
}

// LookAt asks the loop; it does not if there is no task. Errors are look's.
func LookAt(look Look, ids []journal.ID) (v Volatile, err error) {
	if len(ids) == 0 {
		return v, nil
	}
	err = look(func(now broker.Instant, b *broker.Broker) {
		v = Volatile{b.Progress(ids), b.Hindrances(ids), b.Limited(now, ids), b.Dates(now, ids), view.Time(now.WallMS)}
	})
	return v, err
}

// AddTo adds it to a task that is shown.
func (v *Volatile) AddTo(t *view.Task, id journal.ID) {
	addProgress(t, v.said[id])
	if t.State == journal.Pending.String() {
		t.Hindrance = v.hindrance[id].String()
		t.Limits = newLimiting(v.now, v.limits[id])
		if ms, set := v.dates[id]; set {
			t.NotBeforeAt = view.Time(ms)
		}
	}
}
