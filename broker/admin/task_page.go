package admin

import (
	"cmp"
	"net/http"

	"bcp/broker/admin/api"
	"bcp/broker/answer"
	"bcp/journal"
)

// taskPageMax is how many tasks of a list are gathered: the loop is asked about them together.
const taskPageMax = 200

// taskPage gathers tasks of a list, which are the journal's, and writes them with what only
// the loop knows of them.
type taskPage struct {
	look  answer.Look
	out   *stream
	tasks []journal.Task
}

func (h *handler) newTaskPage(w http.ResponseWriter, r *http.Request) *taskPage {
	return &taskPage{look: h.look(r.Context()), out: newStream(w)}
}

func (p *taskPage) add(t *journal.Task) error {
	if p.tasks = append(p.tasks, *t); len(p.tasks) < taskPageMax {
		return nil
	}
	return p.flush()
}

// flush writes what was gathered.
func (p *taskPage) flush() error {
	shown, err := answer.ShowTasks(p.look, p.tasks)
	if err != nil {
		return err
	}
	p.tasks = p.tasks[:0]
	for i := range shown {
		if err := p.out.item(&shown[i]); err != nil {
			return err
		}
	}
	return nil
}

// finish writes what is left, and ends the list.
func (p *taskPage) finish(end api.End, err error) error {
	return p.out.finish(end, cmp.Or(err, p.flush()))
}
