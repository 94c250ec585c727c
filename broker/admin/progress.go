package admin

import (
	"context"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/broker/answer"
	"bcp/journal"
)

// progressPage is for how many tasks of a list the loop is asked at a time what
// only it knows of them.
const progressPage = 200

// taskPage adds to the tasks of a list, which are the journal's, what only the loop
// knows, and writes them: the last words of attempts, and what keeps workers from
// pending tasks, or limits these.
type taskPage struct {
	*handler
	ctx   context.Context
	out   *stream
	tasks []api.Task
	live  []int // of these, those that have not ended
	ids   []journal.ID
}

func (p *taskPage) add(t *journal.Task) error {
	if !t.State.Ended() {
		p.live, p.ids = append(p.live, len(p.tasks)), append(p.ids, t.ID)
	}
	p.tasks = append(p.tasks, api.NewTask(t))
	if len(p.tasks) < progressPage {
		return nil
	}
	return p.flush()
}

// flush writes what was gathered.
func (p *taskPage) flush() error {
	known, err := p.volatile(p.ctx, p.ids)
	if err != nil {
		return err
	}
	for i, id := range p.ids {
		known.addTo(&p.tasks[p.live[i]], id)
	}
	for i := range p.tasks {
		if err := p.out.item(&p.tasks[i]); err != nil {
			return err
		}
	}
	p.tasks, p.live, p.ids = p.tasks[:0], p.live[:0], p.ids[:0]
	return nil
}

// volatile is what only the loop knows of tasks.
type volatile struct {
	said      map[journal.ID]broker.ProgressInfo
	hindrance map[journal.ID]broker.Why
	limits    map[journal.ID][]broker.Limiting
	now       api.Time
}

// volatile asks the loop; it does not if there is no task.
func (h *handler) volatile(ctx context.Context, ids []journal.ID) (known volatile, err error) {
	if len(ids) == 0 {
		return known, nil
	}
	err = h.inspect(ctx, func(now broker.Instant, b *broker.Broker) {
		known = volatile{b.Progress(ids), b.Hindrances(ids), b.Limited(now, ids), api.Time(now.WallMS)}
	})
	return known, err
}

// addTo adds it to a task that is shown.
func (v *volatile) addTo(t *api.Task, id journal.ID) {
	answer.AddProgress(t, v.said[id])
	if t.State == journal.Pending.String() {
		t.Hindrance = v.hindrance[id].String()
		t.Limits = answer.NewLimiting(v.now, v.limits[id])
	}
}
