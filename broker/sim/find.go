package sim

import (
	"cmp"
	"slices"
	"strings"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/filter"
)

// What people ask which tasks there are.

// sought is a filter, and which tasks it means, beside their states, as the oracle has it.
type sought struct {
	filter string
	means  func(t *journal.Task, nowMS int64) bool
}

func always(*journal.Task, int64) bool { return true }

// soughts are what is asked for.
var soughts = []sought{
	{"", always},
	{"state=any", always},
	{"state=ended reason=dropped", func(t *journal.Task, _ int64) bool { return t.Reason == journal.ReasonDropped }},
	{"held", func(t *journal.Task, _ int64) bool { return t.Held }},
	{"priority>0 state=any", func(t *journal.Task, _ int64) bool { return t.Spec.Priority > 0 }},
	{"age<5s", func(t *journal.Task, nowMS int64) bool { return nowMS-t.SubmittedMS <= 5000 }},
	{"age>2s state=any", func(t *journal.Task, nowMS int64) bool { return nowMS-t.SubmittedMS > 2000 }},
	{"!delayed", func(t *journal.Task, nowMS int64) bool {
		return t.State != journal.Pending || t.NotBeforeMS <= nowMS
	}},
	{"service=s0 state=any", func(t *journal.Task, _ int64) bool { return toService(t.Spec.Target) && t.Spec.Target.Name == "s0" }},
	{"worker=w0,w1 state=any", func(t *journal.Task, _ int64) bool { return concerns(t, "w0") || concerns(t, "w1") }},
	{"client=c0 state=any", func(t *journal.Task, _ int64) bool { return t.Spec.ClientName() == "c0" }},
	{"key=c0/* state=any", func(t *journal.Task, _ int64) bool { return strings.HasPrefix(t.Spec.Key, "c0/") }},
	{"label=" + batchLabel + " state=any", func(t *journal.Task, _ int64) bool { return hasLabel(t, batchLabel+"=") }},
	{"label." + batchLabel + "!=c0-*", func(t *journal.Task, _ int64) bool { return !hasLabel(t, batchLabel+"=c0-") }},
	{"class=oom,exit-* state=any", func(t *journal.Task, _ int64) bool { return t.Class == "oom" || strings.HasPrefix(t.Class, "exit-") }},
}

func toService(t journal.Target) bool {
	return t.Kind == journal.ToService || t.Kind == journal.ToAll && t.Name != ""
}

// concerns tells whether a task is at a worker, was there last, or is for it alone.
func concerns(t *journal.Task, worker string) bool {
	return t.Worker == worker || t.OfAll && t.Pinned == worker || t.Spec.Target == journal.Target{Kind: journal.ToWorker, Name: worker}
}

func hasLabel(t *journal.Task, prefix string) bool {
	return slices.ContainsFunc(t.Spec.Labels, func(l string) bool { return strings.HasPrefix(l, prefix) })
}

// find asks for the first page of some tasks.
func (w *world) find() {
	m := &wire.Find{Filter: pick(w, soughts).filter, Limit: uint16(w.rand.IntN(5)), Count: w.chance(200)}
	pick(w, w.clients).ask(m)
}

// tellsFound checks the page that is told of tasks that were asked for: those that the
// journal has of them and no others, in order, or how many there are.
func (o *oracle) tellsFound(m *wire.Found) {
	want, count := o.sought(m.Of.Filter), m.Of.Count
	page := want[:min(len(want), cmp.Or(int(m.Of.Limit), filter.FoundMax))]
	if count {
		page = nil
	} else {
		want = page
	}
	same := func(got, want journal.Task) bool {
		return got.ID == want.ID && got.State == want.State && got.Spec.Target == want.Spec.Target
	}
	if int(m.Count) != len(want) || !slices.EqualFunc(m.Tasks, page, same) {
		o.w.fail("%q finds %d tasks (only counted: %v), %+v, and there are %d, %+v", m.Of.Filter, m.Count, count, m.Tasks, len(want), page)
	}
	o.w.cover.add("found", map[bool]string{true: "some", false: "none"}[m.Count > 0])
	o.w.cover.add("found by", m.Of.Filter)
}

// sought lists the tasks that a filter means, as the journal has them.
func (o *oracle) sought(text string) (tasks []journal.Task) {
	x := soughts[slices.IndexFunc(soughts, func(x sought) bool { return x.filter == text })]
	r := journal.Range{Live: true, Ended: strings.Contains(text, "state=")}
	o.w.each(r, func(e *journal.Entry) {
		if x.means(&e.Task, o.w.broker.instant().WallMS) {
			tasks = append(tasks, e.Task)
		}
	})
	return tasks
}

// each calls fn for the tasks of the journal that are in a range.
func (w *world) each(r journal.Range, fn func(*journal.Entry)) {
	for more := true; more; {
		var err error
		more, err = w.broker.store.Scan(r, func(e journal.Entry) error {
			r.After = e.Task.ID
			fn(&e)
			return nil
		})
		if err != nil {
			w.fail("the journal cannot be read: %v", err)
		}
	}
}
