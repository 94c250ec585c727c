package admin

import (
	"context"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/journal"
)

// progressPage is for how many tasks of a list the loop is asked at a time what
// their attempts have said.
const progressPage = 200

// taskPage adds to the tasks of a list, which are the journal's, the last words
// of their attempts, which only the loop knows, and writes them.
type taskPage struct {
	*handler
	ctx    context.Context
	out    *stream
	tasks  []api.Task
	active []int // of these, those that a worker has
	ids    []journal.ID
}

func (p *taskPage) add(t *journal.Task) error {
	if t.Active() {
		p.active, p.ids = append(p.active, len(p.tasks)), append(p.ids, t.ID)
	}
	p.tasks = append(p.tasks, api.NewTask(t))
	if len(p.tasks) < progressPage {
		return nil
	}
	return p.flush()
}

// flush writes what was gathered.
func (p *taskPage) flush() error {
	said, err := p.progress(p.ctx, p.ids)
	if err != nil {
		return err
	}
	for i, id := range p.ids {
		p.tasks[p.active[i]].AddProgress(said[id])
	}
	for i := range p.tasks {
		if err := p.out.item(&p.tasks[i]); err != nil {
			return err
		}
	}
	p.tasks, p.active, p.ids = p.tasks[:0], p.active[:0], p.ids[:0]
	return nil
}

// progress asks the loop for the last words of tasks; it does not if there is none.
func (h *handler) progress(ctx context.Context, ids []journal.ID) (said map[journal.ID]broker.ProgressInfo, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = h.inspect(ctx, func(_ broker.Instant, b *broker.Broker) { said = b.Progress(ids) })
	return said, err
}
