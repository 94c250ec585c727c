package broker

import (
	"fmt"

	"bcp/journal"
)

// A pending member of a broadcast can go to one worker. When that stays away for
// longer than the grace, or comes back as one that the broadcast doesn't mean, the
// broadcast says what becomes of the member. One that its broadcast or its own options
// keep waits for that first; one that the worker has is lost with it, as any attempt is.

// miss ends the pending member of a broadcast whose worker stays away, unless it shall
// wait. It tells whether it did.
func (b *Broker) miss(now Instant, t *task) bool {
	if t.folded() || !t.OfAll || t.State != journal.Pending || t.parked(now) {
		return false
	}
	why := b.missing(t)
	state, ends := t.group.whole.Task.Spec.OnAway.End()
	if why == "" || !ends {
		return false
	}
	b.end(now, t, journal.Record{State: state, Reason: journal.ReasonAway, Text: why})
	return true
}

// missing tells why the worker that a broadcast's member is for counts as away, "" if
// it doesn't.
func (b *Broker) missing(t *task) string {
	w := b.workers[t.Pinned]
	where := selector(t.Task.Spec.Where)
	switch {
	case w.lost():
		return fmt.Sprintf("worker %s is away", w.name)
	case w.live && !w.isMeant(t.Task.Spec.Target, &where):
		return fmt.Sprintf("worker %s is back, and is no %s any more", w.name, audienceText(t.group.whole.Task.Spec))
	}
	return ""
}

// missAll calls miss for all members that are for one worker.
func (b *Broker) missAll(now Instant, w *worker) {
	for _, t := range byID(w.parts) {
		b.miss(now, t)
	}
}
