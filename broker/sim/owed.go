package sim

import "bcp/journal"

// A step of pruning that comes with records for the log is done when these are settled: beside
// commits, or when somebody reads what is in the log. So it is owed until the oracle asks what
// is forgotten, or the next step begins: then it has to be done, and is judged.

// owed is a step of pruning that may be still to come.
type owed struct {
	retention journal.Retention
	limit     int
	ended     map[journal.ID]bool // tasks that it looks at
	lost      bool                // if it was not done by then, it never will be
}

// owe takes in that a step is still to come, which looks at no task that ends in the log alone.
func (o *oracle) owe(r journal.Retention, limit int, logged func(journal.ID) bool) {
	o.keep.owed = &owed{retention: r, limit: limit, ended: map[journal.ID]bool{}}
	for id := range o.keep.ended {
		o.keep.owed.ended[id] = !logged(id)
	}
}

// pruneOwed has a step be done that may be still to come.
func (o *oracle) pruneOwed() {
	owed := o.keep.owed
	if owed == nil {
		return
	}
	o.keep.owed = nil
	n := o.w.broker.disk.settle(owed.retention)
	o.w.note("broker: forgot %d of what was owed, at most %d", n, owed.limit)
	o.w.cover.add("kept", "a step that goes with a later settling")
	o.pruned(&owed.retention, n < owed.limit && !owed.lost, func(id journal.ID) bool { return !owed.ended[id] })
}

// loseOwed takes in that the journal is opened again: nobody is told what a step came to.
func (o *oracle) loseOwed() {
	if o.keep.owed != nil {
		o.keep.owed.lost = true
	}
}

// isForgotten tells whether a task is forgotten.
func (o *oracle) isForgotten(id journal.ID) bool {
	o.pruneOwed()
	return o.keep.forgotten[id]
}

// isGone tells that also of the member of a forgotten array which never had a row.
func (o *oracle) isGone(id journal.ID) bool {
	if o.isForgotten(id) {
		return true
	}
	g := o.schedule.wholeOf(id)
	return g != nil && o.isForgotten(g.ID)
}
