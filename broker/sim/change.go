package sim

import (
	"slices"
	"strings"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// What people ask of many tasks at once, with a filter.

// change asks which tasks something could be done with, or only how many.
func (w *world) change() {
	m := &wire.Change{
		Do: wire.ChangeDo(1 + w.rand.IntN(7)), Filter: pick(w, soughts).filter, Text: whyEdit,
		Limit: uint16(w.rand.IntN(4)), Count: w.chance(100),
	}
	m.All = m.Filter == ""
	w.fillChange(m)
	pick(w, w.clients).ask(m)
}

// fillChange makes up what an edit or a move changes.
func (w *world) fillChange(m *wire.Change) {
	m.Spec = new(journal.Spec)
	switch m.Do {
	case wire.ChangeEdit:
		m.Options = []uint8{journal.OptionNamed("priority").Number}
		m.Spec.Priority = w.rand.Int32N(5) - 2
		if w.chance(300) { // to what the broker says
			m.Options = []uint8{journal.OptionNamed("loss-max").Number, journal.OptionNamed("cancel-grace").Number}
		}
	case wire.ChangeMove:
		m.Target = w.target()
	case wire.ChangeRetry:
		if w.chance(500) {
			m.All = false
			m.Filter = "state=failed,canceled " + strings.ReplaceAll(strings.ReplaceAll(m.Filter, "state=any", ""), "state=ended", "")
		}
	}
}

// changed does it with those tasks that could be changed, and goes on with the next page.
func (c *client) changed(asked *wire.Change, got *wire.Changed) {
	if len(asked.Tasks) > 0 || c.w.chance(100) {
		return
	}
	if len(got.Rows) > 0 {
		deed := *asked
		deed.All, deed.Limit, deed.Count, deed.After, deed.Until = false, 0, false, journal.ID{}, journal.ID{}
		for i := range got.Rows {
			deed.Tasks = append(deed.Tasks, got.Rows[i].Task)
		}
		c.ask(&deed)
	}
	if !got.Cursor.IsZero() {
		next := *asked
		next.After, next.Until = got.Cursor, got.Last
		c.ask(&next)
		c.w.cover.add("change", "another page")
	}
}

// tellsChanged checks what is told of many tasks: of a page that the journal has them as
// it says and that something can be done with them; of a deed that each task was as is told.
func (o *oracle) tellsChanged(m *wire.Changed) {
	n := 0
	for i := range m.Rows {
		r := &m.Rows[i]
		if r.Code == 0 {
			n++
		}
		if len(m.Of.Tasks) == 0 {
			o.tellsPlan(m.Of, r)
		} else {
			o.tellsDeed(m.Of, r)
		}
	}
	for _, c := range m.Counts {
		n -= int(c.Tasks)
		o.w.cover.add("change of a task that is", c.State.String())
	}
	if n != 0 && !m.Of.Count {
		o.w.fail("%v is told, and counts %d more or less", text{m}, n)
	}
}

// tellsPlan checks what a task is told to become.
func (o *oracle) tellsPlan(asked *wire.Change, r *wire.ChangeRow) {
	e := o.entry(r.Task, r)
	if e.Task.State != r.Before || e.Task.Held != r.WasHeld || !broker.Changes(asked.Do, &e.Task, o.w.broker.instant().WallMS) {
		o.w.fail("%+v is told of a task that is %+v", r, e.Task)
	}
	o.w.cover.add("change is planned", asked.Do.String())
}

// tellsDeed checks that a task was what it is told to have been before and after.
func (o *oracle) tellsDeed(asked *wire.Change, r *wire.ChangeRow) {
	if r.Code != 0 {
		o.w.cover.add("change is refused", r.Code.String())
		return
	}
	o.w.cover.add("change is done", asked.Do.String())
	e := o.entry(r.Task, r)
	if len(e.Records) == 0 || e.Task.Tally != nil || e.Task.Member != nil {
		return // what has no row of its own for each step
	}
	after := e
	if !r.RetriedAs.IsZero() {
		after = o.entry(r.RetriedAs, r)
		if after.Task.Spec.RetryOf != r.Task {
			o.w.fail("%+v is told, and that task does %s once more", r, after.Task.Spec.RetryOf)
		}
	}
	was := func(s journal.State, held bool) func(*journal.Task) bool {
		return func(t *journal.Task) bool { return t.State == s && t.Held == held }
	}
	if !stood(&e, was(r.Before, r.WasHeld)) || !stood(&after, was(r.After, r.Held)) {
		o.w.fail("%+v is told, and the task never was that: %+v", r, e.Records)
	}
	if len(r.Changes) > 0 && !changedSo(&e, r.Changes) {
		o.w.fail("%+v is told, and no edit has changed that: %+v", r, e.Records)
	}
	if r.Before != r.After || r.WasHeld != r.Held {
		if i := slices.IndexFunc(e.Records, func(x journal.Record) bool { return x.Text == whyEdit && x.By != "" }); i < 0 && r.RetriedAs.IsZero() {
			o.w.fail("%+v is told, and nothing says who asked and why: %+v", r, e.Records)
		}
		o.w.cover.add("change", "from "+r.Before.String()+" to "+r.After.String())
	}
}

// changedSo tells whether an edit of the task has changed what is told.
func changedSo(e *journal.Entry, told []string) bool {
	var t journal.Task
	for i := range e.Records {
		r, before := &e.Records[i], t.Spec
		if t.Apply(r) == nil && r.Kind == journal.KindEdit && slices.Equal(journal.ChangesFrom(before, t.Spec, r), told) {
			return true
		}
	}
	return false
}
