package admin

import (
	"context"
	"net/http"
	"sync"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/journal"
)

// changeWindow is how many changes are in the broker's hand at a time: they
// share a commit, and others still get a word in.
const changeWindow = 64

// change serves a verb.
func (h *handler) change(verb api.Verb) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		var c api.Change
		if err := readJSON(w, r, bodyMax, &c); err != nil {
			return err
		}
		edit, err := checkChange(verb, &c)
		if err != nil {
			return err
		}
		job := &changeJob{handler: h, ctx: r.Context(), verb: verb, what: c, edit: edit, out: newStream(w).watched()}
		return job.out.finish(api.End{}, job.run())
	}
}

// checkChange tells what is wrong with a request. It returns what an edit changes.
func checkChange(verb api.Verb, c *api.Change) (edit *wire.Edit, err error) {
	edits := verb == api.VerbEdit || verb == api.VerbMove
	err = api.CheckWho(c.By, c.Reason)
	switch {
	case err != nil:
	case (len(c.IDs) == 0) == (c.Filter == nil):
		err = api.Errorf(api.CodeBadRequest, "exactly one of ids and filter is accepted")
	case edits != (c.Edit != nil):
		err = api.Errorf(api.CodeBadRequest, "edit: it is accepted for %s and %s, and needed for them", api.VerbEdit, api.VerbMove)
	case edits:
		edit, err = c.Edit.Message()
	}
	if err == nil && edits && verb == api.VerbMove && (edit.Target.Kind == 0 || len(edit.Options) > 0) {
		err = api.Errorf(api.CodeBadRequest, "edit: only a worker or a service is accepted for %s", verb)
	}
	if err == nil && c.Filter != nil {
		err = verb.CheckFilter(c.Filter)
	}
	return edit, err
}

// changeJob is one request's work: tasks are gathered into a window, and each
// full window is changed and told.
type changeJob struct {
	*handler
	ctx    context.Context
	verb   api.Verb
	what   api.Change
	edit   *wire.Edit // what an edit changes
	out    *stream
	window []journal.Task
}

func (j *changeJob) run() error {
	if j.what.Filter != nil {
		return j.byFilter()
	}
	for _, ref := range j.what.IDs {
		if err := j.byRef(ref); err != nil {
			return err
		}
	}
	return j.changeWindow()
}

func (j *changeJob) byFilter() error {
	_, err := j.catalog.List(j.ctx, api.List{Filter: *j.what.Filter}, func(t *journal.Task) error {
		if !j.verb.Takes(t) {
			return nil
		}
		return j.add(t)
	})
	if err != nil {
		return err
	}
	return j.changeWindow()
}

// byRef adds one task; one that isn't found is told in its place.
func (j *changeJob) byRef(ref string) error {
	e, err := j.catalog.Get(ref)
	if err == nil {
		return j.add(&e.Task)
	}
	if err := j.changeWindow(); err != nil {
		return err
	}
	return j.out.item(api.ChangeRow{ID: ref, Error: api.ErrorOf(err)})
}

func (j *changeJob) add(t *journal.Task) error {
	j.window = append(j.window, *t)
	if len(j.window) < changeWindow {
		return nil
	}
	return j.changeWindow()
}

// changeWindow changes what was gathered, all at once, and tells it in order.
func (j *changeJob) changeWindow() error {
	rows := make([]api.ChangeRow, len(j.window))
	var wg sync.WaitGroup
	for i := range j.window {
		wg.Go(func() { rows[i] = j.changeOne(&j.window[i]) })
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

func (j *changeJob) changeOne(t *journal.Task) api.ChangeRow {
	if j.what.DryRun {
		return j.verb.Plan(t, j.edit)
	}
	row := api.ChangeRow{ID: t.ID.String(), Before: t.State.String(), WasHeld: t.Held}
	if j.edit != nil {
		row.Changes = j.verb.Plan(t, j.edit).Changes
	}
	answer, err := askNow[*wire.Status](j.ctx, j.broker, j.request(t.ID))
	if err != nil {
		row.Error, row.Changes = api.ErrorOf(err), nil
		return row
	}
	if answer.Task.ID != t.ID {
		row.RetriedAs = answer.Task.ID.String()
	}
	row.After, row.Held = answer.Task.State.String(), answer.Task.Held
	return row
}

// request is what the broker is asked for one task.
func (j *changeJob) request(id journal.ID) wire.Message {
	switch j.verb {
	case api.VerbHold:
		return &wire.Hold{Req: request, Task: id, By: j.what.By, Text: j.what.Reason}
	case api.VerbRelease:
		return &wire.Release{Req: request, Task: id, By: j.what.By, Text: j.what.Reason}
	case api.VerbEdit, api.VerbMove:
		m := *j.edit
		m.Req, m.Task, m.By, m.Text = request, id, j.what.By, j.what.Reason
		return &m
	case api.VerbRetry:
		return &wire.Resolve{Req: request, Task: id, By: j.what.By, Text: j.what.Reason, Verb: wire.ResolveRetry}
	case api.VerbDrop:
		return &wire.Resolve{Req: request, Task: id, By: j.what.By, Text: j.what.Reason, Verb: wire.ResolveDrop}
	}
	return &wire.Cancel{Req: request, Task: id, By: j.what.By, Text: j.what.Reason}
}
