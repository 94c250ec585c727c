package sim

import (
	"slices"

	"bcp/broker/wire"
	"bcp/journal"
)

// What people ask of tasks that they have submitted: changes of what was asked for,
// moves, retries and drops.

// Who asks and why: each change of a task is written down with both.
const (
	operatorName = "operator"
	whyEdit      = "because of the weather"
)

// edit changes something of a task, or moves it.
func (w *world) edit(id journal.ID) {
	if w.chance(500) {
		m := w.someEdit(id)
		m.Req, m.By = 1, operatorName
		w.operator.change(m)
		return
	}
	pick(w, w.clients).edit(id)
}

func (c *client) edit(id journal.ID) { c.ask(c.w.someEdit(id)) }

// someEdit makes up new values for some options, also those that tasks have not
// been given here before.
func (w *world) someEdit(id journal.ID) *wire.Edit {
	m := &wire.Edit{Task: id, Text: whyEdit, Spec: w.spec()}
	for i := range journal.Options {
		if o := &journal.Options[i]; w.chance(100) {
			m.Options = append(m.Options, o.Number)
		}
	}
	if w.plan.places && w.chance(100) { // one of them alone is refused mostly
		m.Options = append(m.Options, journal.OptionNamed("prefer").Number, journal.OptionNamed("prefer-for").Number)
		m.Spec.Prefer, m.Spec.PreferForMS = pick(w, selectors), 1000
	}
	if t := w.oracle.schedule.tasks[id]; t != nil && isBroadcast(t) && w.chance(600) { // which may be given little else
		m.Options = []uint8{journal.OptionNamed("late-joiners").Number, journal.OptionNamed("on-away").Number}
		m.Spec.LateJoiners, m.Spec.OnAway = w.chance(500), journal.AwayPolicy(w.rand.IntN(3))
	} else if w.chance(300) {
		m.Target = w.target()
	}
	m.Spec.Target = journal.Target{}
	return m
}

// changeArray cancels, holds, releases or edits an array or a broadcast, or a member of it that may
// not have started; now and then it does two of these.
func (w *world) changeArray() {
	id, ok := w.liveArray()
	if !ok {
		return
	}
	t, err := w.broker.store.Get(id)
	switch {
	case err != nil:
	case mayEndWell(t.Task.Tally) && w.chance(700):
		pick(w, w.clients).cancel(id)
		return
	case t.Task.Tally.Count > 0 && w.chance(400):
		id = journal.IDOf(id, w.rand.Uint32N(t.Task.Tally.Count))
	}
	for range 1 + w.rand.IntN(2) {
		pick(w, arrayVerbs)(pick(w, w.clients), id)
	}
}

// mayEndWell tells whether all members that have not ended are out, and the others have
// ended well: so may the whole, also when it is canceled.
func mayEndWell(t *journal.Tally) bool { return t.Out > 0 && t.Done+t.Out == t.Count }

var arrayVerbs = []func(*client, journal.ID){(*client).cancel, (*client).hold, (*client).release, (*client).edit}

// liveArray returns the first array that has not ended.
func (w *world) liveArray() (journal.ID, bool) {
	i := slices.IndexFunc(w.oracle.ids, func(id journal.ID) bool {
		t, err := w.broker.store.Get(id)
		return err == nil && t.Task.Tally != nil && !t.Task.State.Ended()
	})
	if i < 0 {
		return journal.ID{}, false
	}
	return w.oracle.ids[i], true
}

// resolve retries a task or drops it.
func (w *world) resolve(id journal.ID) {
	m := &wire.Resolve{Task: id, Verb: wire.ResolveRetry, Text: whyEdit}
	if w.chance(400) {
		m.Verb = wire.ResolveDrop
	}
	if w.chance(500) {
		m.Req, m.By = 1, operatorName
		w.operator.change(m)
		return
	}
	pick(w, w.clients).ask(m)
}

// judgeEdit tells whether an edit changes what it says and nothing else, where it
// may be changed, and with who asked and why.
func (s *schedule) judgeEdit(before *journal.Spec, t *waiting, r *journal.Record) {
	if r.By == "" || r.Text != whyEdit && r.By != t.Worker {
		s.w.fail("task %s is edited by %q, for %q", t.ID, r.By, r.Text)
	}
	target := before.Target
	if r.Spec.Target.Kind != 0 {
		target = r.Spec.Target
		s.w.cover.add("edit", "target")
	}
	if t.Spec.Target != target || t.Spec.Key != before.Key || t.Spec.Digest != before.Digest || !slices.Equal(t.Spec.Argv, before.Argv) {
		s.w.fail("an edit makes task %s %+v, and it was %+v", t.ID, t.Spec, before)
	}
	changed := r.Changed()
	for i := range journal.Options {
		o := &journal.Options[i]
		want := before
		if slices.Contains(changed, o) {
			want = r.Spec
			s.w.cover.add("edit", o.Name)
		}
		if o.IsNumber() && o.Value(t.Spec) != o.Value(want) || !o.IsNumber() && !slices.Equal(o.Texts(t.Spec), o.Texts(want)) {
			s.w.fail("an edit makes %s of task %s %s: want %s", o.Name, t.ID, o.Format(t.Spec), o.Format(want))
		}
	}
	s.w.cover.add("edit", "of a task that is "+t.State.String())
}

// judgeRetried tells whether a task that does another one once more asks for the same.
func (s *schedule) judgeRetried(t *waiting, r *journal.Record) {
	first := t.Spec.RetryOf
	if first.IsZero() {
		return
	}
	e, err := s.w.broker.store.Get(first)
	if err != nil {
		return // it is forgotten by now
	}
	owner := first
	if e.Task.Member != nil {
		owner = e.Task.Member.Group // whose body is that of all members
	}
	asked := e.Task.Spec
	if was := s.over[first]; was != nil {
		asked = was.Spec // its end need not be on the disk yet
	}
	target := t.Spec.Target
	if e.Task.OfAll {
		target = target.OfMember()
	}
	body, err := s.w.broker.store.Body(owner)
	if err == nil && string(body) != string(r.Payload) || asked.Target != target || asked.Priority != t.Spec.Priority {
		s.w.fail("task %s does %s once more, and asks for %+v (%q)", t.ID, first, t.Spec, r.Payload)
	}
	s.w.cover.add("retry", "of a task that is "+e.Task.State.String())
}

// allowed are the most tries and losses that a task was ever allowed.
func allowed(e *journal.Entry) (tries, losses uint32) {
	var t journal.Task
	for i := range e.Records {
		if t.Apply(&e.Records[i]) == nil {
			tries, losses = max(tries, t.Spec.Tries), max(losses, t.Spec.LossesAllowed())
		}
	}
	return tries, losses
}
