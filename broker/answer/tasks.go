package answer

import (
	"bcp/broker"
	"bcp/broker/view"
	"bcp/journal"
)

// ShowTasks returns the tasks as they are shown, with what only the loop knows of those that
// have not ended. The loop is not asked if all have. Errors are look's.
func ShowTasks(look Look, tasks []journal.Task) ([]view.Task, error) {
	var live []journal.ID
	for i := range tasks {
		if !tasks[i].State.Ended() {
			live = append(live, tasks[i].ID)
		}
	}
	known, err := lookAt(look, live)
	if err != nil {
		return nil, err
	}
	shown := make([]view.Task, 0, len(tasks))
	for i := range tasks {
		v := view.NewTask(&tasks[i])
		if !v.Ended {
			known.addTo(&v, tasks[i].ID)
		}
		shown = append(shown, v)
	}
	return shown, nil
}

// volatile is what only the loop knows of tasks: the last words of their attempts, and what
// keeps workers from pending ones, or limits these, until when.
type volatile struct {
	said      map[journal.ID]broker.ProgressInfo
	hindrance map[journal.ID]broker.Why
	limits    map[journal.ID][]broker.Limiting
	dates     map[journal.ID]int64 // see broker.Dates
	now       view.Time
}

func lookAt(look Look, ids []journal.ID) (v volatile, err error) {
	if len(ids) == 0 {
		return v, nil
	}
	err = look(func(now broker.Instant, b *broker.Broker) {
		v = volatile{b.Progress(ids), b.Hindrances(ids), b.Limited(now, ids), b.Dates(now, ids), view.Time(now.WallMS)}
	})
	return v, err
}

func (v *volatile) addTo(t *view.Task, id journal.ID) {
	addProgress(t, v.said[id])
	if t.State == journal.Pending.String() {
		t.Hindrance = v.hindrance[id].String()
		t.Limits = newLimiting(v.now, v.limits[id])
		if ms, set := v.dates[id]; set {
			t.NotBeforeAt = view.Time(ms)
		}
	}
}
