package admin

import (
	"context"
	"net/http"
	"sync"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/journal"
)

// cancelWindow is how many cancellations are in the broker's hand at a time:
// they share a commit, and others still get a word in.
const cancelWindow = 64

func (h *handler) cancel(w http.ResponseWriter, r *http.Request) error {
	var c api.Cancellation
	if err := readJSON(w, r, bodyMax, &c); err != nil {
		return err
	}
	if err := checkCancellation(&c); err != nil {
		return err
	}
	job := &cancelJob{handler: h, ctx: r.Context(), what: c, out: newStream(w).watched()}
	return job.out.finish("", job.run())
}

func checkCancellation(c *api.Cancellation) error {
	switch {
	case (len(c.IDs) == 0) == (c.Filter == nil):
		return api.Errorf(api.CodeBadRequest, "exactly one of ids and filter is accepted")
	case c.By == "" || len(c.By) > wire.MaxName:
		return api.Errorf(api.CodeBadRequest, "by: the name of who cancels is accepted, 1 to %d bytes", wire.MaxName)
	case len(c.Reason) > wire.MaxText:
		return api.Errorf(api.CodeBadRequest, "reason has %d bytes: at most %d are accepted", len(c.Reason), wire.MaxText)
	case c.Filter == nil:
		return nil
	}
	if err := c.Filter.Check(); err != nil {
		return err
	}
	if _, ended := c.Filter.Parts(); ended {
		return api.Errorf(api.CodeBadRequest, "filter: only states of tasks that have not ended are accepted: pending, dispatched, running, canceling")
	}
	return nil
}

// cancelJob is one request's work: tasks are gathered into a window, and each
// full window is canceled and told.
type cancelJob struct {
	*handler
	ctx    context.Context
	what   api.Cancellation
	out    *stream
	window []journal.Task
}

func (j *cancelJob) run() error {
	if j.what.Filter != nil {
		return j.byFilter()
	}
	for _, ref := range j.what.IDs {
		if err := j.byRef(ref); err != nil {
			return err
		}
	}
	return j.cancelWindow()
}

func (j *cancelJob) byFilter() error {
	_, err := j.catalog.List(j.ctx, api.List{Filter: *j.what.Filter}, j.add)
	if err != nil {
		return err
	}
	return j.cancelWindow()
}

// byRef adds one task; one that isn't found is told in its place.
func (j *cancelJob) byRef(ref string) error {
	e, err := j.catalog.Get(ref)
	if err == nil {
		return j.add(&e.Task)
	}
	if err := j.cancelWindow(); err != nil {
		return err
	}
	return j.out.item(api.CancelRow{ID: ref, Error: api.ErrorOf(err)})
}

func (j *cancelJob) add(t *journal.Task) error {
	j.window = append(j.window, *t)
	if len(j.window) < cancelWindow {
		return nil
	}
	return j.cancelWindow()
}

// cancelWindow cancels what was gathered, all at once, and tells it in order.
func (j *cancelJob) cancelWindow() error {
	rows := make([]api.CancelRow, len(j.window))
	var wg sync.WaitGroup
	for i := range j.window {
		wg.Go(func() { rows[i] = j.cancelOne(&j.window[i]) })
	}
	wg.Wait()
	j.window = j.window[:0]
	for _, row := range rows {
		if err := j.out.item(row); err != nil {
			return err
		}
	}
	return j.ctx.Err()
}

func (j *cancelJob) cancelOne(t *journal.Task) api.CancelRow {
	row := api.CancelRow{ID: t.ID.String(), Before: t.State.String()}
	if t.State.Ended() || j.what.DryRun {
		row.After = canceledState(t.State).String()
		return row
	}
	m := &wire.Cancel{Req: request, Task: t.ID, By: j.what.By, Text: j.what.Reason}
	answer, err := askNow[*wire.Status](j.ctx, j.broker, m)
	if err != nil {
		row.Error = api.ErrorOf(err)
		return row
	}
	row.After = answer.Task.State.String()
	return row
}

// canceledState is what a cancellation makes of a task in the given state.
func canceledState(s journal.State) journal.State {
	switch {
	case s.Ended():
		return s
	case s == journal.Pending:
		return journal.Canceled
	}
	return journal.Canceling
}
