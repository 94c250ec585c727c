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
		known.AddTo(&p.tasks[p.live[i]], id)
	}
	for i := range p.tasks {
		if err := p.out.item(&p.tasks[i]); err != nil {
			return err
		}
	}
	p.tasks, p.live, p.ids = p.tasks[:0], p.live[:0], p.ids[:0]
	return nil
}

// volatile asks the loop for what only it knows of tasks.
func (h *handler) volatile(ctx context.Context, ids []journal.ID) (answer.Volatile, error) {
	return answer.LookAt(func(fn func(broker.Instant, *broker.Broker)) error { return h.inspect(ctx, fn) }, ids)
}
