package admin

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/journal"
)

// changeWindow is how many tasks are changed at a time: they share a commit, and others
// still get a word in.
const changeWindow = wire.MaxChange

// change serves a verb.
func (h *handler) change(verb api.Verb) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		var c api.Change
		if err := readJSON(w, r, bodyMax, &c); err != nil {
			return err
		}
		ask, err := verb.Ask(&c)
		if err == nil && c.DryRun { // it is planned here
			err = h.inspect(r.Context(), func(_ broker.Instant, b *broker.Broker) { ask.Spec = b.WithDefaults(ask.Spec) })
		}
		if err != nil {
			return err
		}
		ask.Req = request
		job := &changeJob{handler: h, ctx: r.Context(), verb: verb, what: c, ask: ask, out: newStream(w).watched()}
		return job.out.finish(api.End{}, job.run())
	}
}

// changeJob is one request's work: tasks are gathered into a window, and each
// full window is changed and told.
type changeJob struct {
	*handler
	ctx    context.Context
	verb   api.Verb
	what   api.Change
	ask    *wire.Change // what the broker is asked for, without the tasks
	out    *stream
	window []journal.Task
}

func (j *changeJob) run() error {
	switch {
	case j.what.All:
		return j.byFilter(api.Filter{})
	case j.what.Filter != nil:
		return j.byFilter(*j.what.Filter)
	}
	for _, ref := range j.what.IDs {
		if err := j.byRef(ref); err != nil {
			return err
		}
	}
	return j.changeWindow()
}

func (j *changeJob) byFilter(f api.Filter) error {
	_, err := j.catalog.List(j.ctx, api.List{Filter: f}, func(t *journal.Task) error {
		if !j.verb.Takes(t) {
			return nil
		}
		return j.add(t)
	})
	if !journal.Passable(err) {
		return err
	}
	return cmp.Or(j.changeWindow(), err)
}

// byRef adds one task; one that isn't found is told in its place.
func (j *changeJob) byRef(ref string) error {
	e, err := j.catalog.Get(j.ctx, ref)
	switch {
	case err == nil:
		return j.add(&e.Task)
	case j.ctx.Err() != nil:
		return err
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
	rows := j.rows()
	j.window = j.window[:0]
	for i := range rows {
		if err := j.out.item(rows[i]); err != nil {
			return err
		}
	}
	return j.ctx.Err()
}

// rows tells what becomes of the tasks that were gathered, or would.
func (j *changeJob) rows() (rows []api.ChangeRow) {
	if len(j.window) == 0 {
		return nil
	}
	m := *j.ask
	for i := range j.window {
		plan := broker.PlanChange(&m, &j.window[i], time.Now().UnixMilli())
		rows = append(rows, api.NewChangeRow(&plan))
		m.Tasks = append(m.Tasks, j.window[i].ID)
	}
	if j.what.DryRun {
		return rows
	}
	send := askNow[*wire.Changed]
	if j.verb == api.VerbRetry { // large bodies are copied before it is answered
		send = ask[*wire.Changed]
	}
	answer, err := send(j.ctx, j.broker, &m)
	for i := range rows {
		if err != nil {
			rows[i] = api.ChangeRow{ID: rows[i].ID, Before: rows[i].Before, WasHeld: rows[i].WasHeld, Error: api.ErrorOf(err)}
		} else {
			rows[i] = api.NewChangeRow(&answer.Rows[i])
		}
	}
	return rows
}
