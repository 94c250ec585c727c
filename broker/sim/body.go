package sim

import (
	"slices"

	"bcp/journal"
)

// judgeGiven tells whether a body is what the task was submitted with, as far as its
// client knows the task.
func (o *oracle) judgeGiven(id journal.ID, body []byte) {
	first, known := o.first(id)
	if !known {
		return
	}
	bodies := o.w.submitted(first.Task, first.Spec.Key)
	if len(bodies) > 0 && !slices.Contains(bodies, string(body)) {
		o.w.fail("task %s has the body %q, and was submitted with %q", id, body, bodies)
	}
}

// first returns the record with which somebody submitted what the task does: that of its
// array, or of the one that it does once more.
func (o *oracle) first(id journal.ID) (journal.Record, bool) {
	for len(o.history[id]) > 0 {
		switch r := o.history[id][0]; {
		case r.Kind != journal.KindSubmit:
			id = r.Other
		case !r.Spec.RetryOf.IsZero():
			id = r.Spec.RetryOf
		default:
			return r, true
		}
	}
	return journal.Record{}, false
}

// submitted are the bodies with which clients have asked for a task, which has the key
// or none. Under one key more than one may have been asked for.
func (w *world) submitted(id journal.ID, key string) (bodies []string) {
	for _, c := range w.clients {
		for _, x := range slices.Concat(c.past, c.wants) {
			if !x.foreign && (key != "" && x.submit.Spec.Key == key || key == "" && x.id == id) {
				bodies = append(bodies, string(x.submit.Body))
			}
		}
	}
	for _, c := range w.clients1 {
		for _, j := range c.jobs {
			if j.key == key {
				bodies = append(bodies, string(j.body))
			}
		}
	}
	return bodies
}

// judgeBodies looks at the bodies of all live tasks.
func (o *oracle) judgeBodies() {
	o.w.eachLive(func(t *journal.Task) {
		owner := t.ID
		if t.Member != nil {
			owner = t.Member.Group
		}
		body, err := o.w.broker.store.Body(owner)
		if err != nil {
			o.w.fail("the body of task %s is not in the journal: %v", t.ID, err)
		}
		o.judgeGiven(owner, body)
	})
}
