package sim

import (
	"slices"

	"bcp/broker/wire"
	"bcp/journal"
)

// classes are the sorts of errors that workers name, "" for none.
var classes = []string{"", "", "oom", "disk", "exit-3"}

// ending is how a job comes out of its own accord.
type ending struct {
	verdict wire.Verdict
	class   string
	result  []byte
}

// someEnding makes up how a job of BCP/2 comes out.
func (w *world) someEnding(ref wire.Ref) ending {
	e := ending{verdict: w.someVerdict(), result: w.result(ref)}
	switch {
	case w.chance(60):
		e.verdict, e.result = wire.VerdictElsewhere, nil
	case w.chance(30):
		e.verdict = wire.VerdictNever
	}
	if e.verdict != wire.VerdictDone {
		e.class = pick(w, classes)
	}
	return e
}

// judgeDeclined tells whether a task may be given to the worker of a connection:
// not if it has declined the task, and is the same process, and nobody has had the
// task released since.
func (o *oracle) judgeDeclined(to wire.Peer, m *wire.Dispatch) {
	e, _ := o.w.broker.store.Get(m.Task) // it is there: the dispatch was looked up
	declined := false
	for i := range e.Records {
		r := &e.Records[i]
		truth := o.truth[attempt(r)]
		switch {
		case r.Attempt >= m.Attempt:
			continue
		case r.Kind == journal.KindRelease, r.Kind == journal.KindEdit && r.Spec.Target.Kind != 0:
			declined = false
		case r.Reason == journal.ReasonElsewhere && truth.worker == o.claims[to].name && truth.instance == o.claims[to].instance:
			declined = true
		case r.Reason == journal.ReasonElsewhere:
			o.w.cover.add("declined", "by another one")
			declined = declined && r.Worker != o.claims[to].name // of a name, the last process counts
		}
	}
	if declined {
		o.w.fail("%v is told, and %s has declined the task", text{m}, o.claims[to].name)
	}
}

// judgeElsewhere tells whether an attempt that the journal says was declined was so.
func (o *oracle) judgeElsewhere(r *journal.Record) {
	truth := o.truth[attempt(r)]
	if r.Reason == journal.ReasonElsewhere && truth.verdict != wire.VerdictElsewhere && !o.fooled[r.Worker] {
		o.w.fail("attempt %s-%d was declined, and came out with verdict %d", r.Task, r.Attempt, truth.verdict)
	}
}

// declinedByAll tells whether nobody is left to do a task: who could has declined it.
func (w *world) declinedByAll(t *journal.Task) bool {
	if t.State != journal.Pending || len(t.Declined) == 0 {
		return false
	}
	t = w.pinned(t)
	return !slices.ContainsFunc(w.workers, func(k *worker) bool {
		return !k.gone && k.canDo(t) && !t.DeclinedBy(k.name, k.instance)
	})
}

// releaseDeclined has everything tried again that nobody is left for.
func (w *world) releaseDeclined() {
	for _, id := range w.live(func(t *journal.Task) bool { return w.declinedByAll(t) && !t.Held }) {
		w.cover.add("declined", "by all, and released")
		w.operator.hold(id)
		w.operator.release(id)
	}
}
