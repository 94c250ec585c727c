package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bcp/journal"
	"bcp/journal/place"
)

const (
	// settleMax is the time within which everything has to have come to its end
	// once the faults have stopped.
	settleMax = 10 * time.Minute

	// patience is how long the operator waits for what can't be done before he
	// cancels it.
	patience = 8 * time.Second
)

// settle stops the faults and waits until everything has come to its end.
func (w *world) settle() {
	w.heal()
	for next := w.now + patience; w.now < w.healAt+settleMax; {
		w.run(w.now + 500*time.Millisecond)
		if w.open() == nil {
			w.oracle.final()
			w.oracle.judgeBlobs()
			return
		}
		if w.now >= next {
			w.cancelHopeless()
			w.releaseHeld()
			w.releaseDeclined()
			w.catchUp()
			next = w.now + patience
		}
	}
	w.fail("nothing stands in the way for %v, and yet %s", settleMax, w.open())
}

// heal ends all faults. Whoever is away comes back when he had planned to.
func (w *world) heal() {
	w.note("healed")
	w.healed, w.healAt = true, w.now
	for _, c := range w.net.conns {
		c.upCut, c.downCut, c.deafTill = 0, 0, 0
	}
	w.freeDisk()
	if w.twin != nil {
		w.twin.vanish()
	}
	for _, l := range w.liars {
		l.hangUp()
	}
}

// catchUp lets the clients ask for the ends that they did not want to be told.
func (w *world) catchUp() {
	for _, c := range w.clients {
		c.catchUp()
	}
}

// open tells what has not come to its end, nil for nothing.
func (w *world) open() fmt.Stringer {
	b := w.broker
	switch s := b.core.Stats(); {
	case !b.up:
		return lazily(func() string { return "the broker is away" })
	case s.Pending+s.Dispatched+s.Running+s.Canceling > 0:
		return lazily(w.liveTasks)
	case b.flight != nil || !b.next.empty() || len(b.staging) > 0 || len(b.unread) > 0:
		return lazily(func() string { return "the broker is not at rest" })
	case len(w.operator.open) > 0:
		return lazily(func() string { return fmt.Sprintf("replays are not complete: %v", w.operator.open) })
	}
	return w.openPeer()
}

// openPeer tells which peer waits for something, nil for none.
func (w *world) openPeer() fmt.Stringer {
	for _, c := range w.clients {
		if x := c.open(); !c.up || x != nil {
			return lazily(func() string { return fmt.Sprintf("%s (up: %v) waits for the end of %+v", c.name, c.up, x) })
		}
	}
	for _, c := range w.clients1 {
		if j := c.open(); !c.up || j != nil {
			return lazily(func() string { return fmt.Sprintf("%s (up: %v) waits for the end of %+v", c.name, c.up, j) })
		}
	}
	for _, k := range w.workers {
		if !k.gone && (!k.up || k.s.Unsettled() > 0) {
			return lazily(func() string { return fmt.Sprintf("%s (up: %v) has %d attempts", k.name, k.up, k.s.Unsettled()) })
		}
	}
	return nil
}

// lazily is a text that is made when it is wanted.
type lazily func() string

// String calls the function for the text.
func (l lazily) String() string { return l() }

// eachLive calls fn for the journal's tasks that have not ended.
func (w *world) eachLive(fn func(*journal.Task)) {
	err := journal.EachLive(w.broker.store, func(_ journal.ID, records []journal.Record) error {
		t, err := journal.Fold(records)
		fn(&t)
		return err
	})
	if err != nil {
		w.fail("the journal cannot be read: %v", err)
	}
}

func (w *world) liveTasks() string {
	s := "there are live tasks:"
	w.eachLive(func(t *journal.Task) {
		s += fmt.Sprintf("\n  %s-%d %s since %d (held: %v, not before %d) at %q for %+v", t.ID, t.Attempt, t.State, t.PendingMS, t.Held, t.NotBeforeMS, t.Worker, *t.Spec)
	})
	return s
}

// live lists the journal's tasks that have not ended and are so.
func (w *world) live(so func(*journal.Task) bool) (ids []journal.ID) {
	w.eachLive(func(t *journal.Task) {
		if so(t) {
			ids = append(ids, t.ID)
		}
	})
	return ids
}

// cancelHopeless cancels what can't be done: it must end then.
func (w *world) cancelHopeless() {
	for _, id := range w.live(w.hopeless) {
		w.operator.cancel(id)
	}
}

// releaseHeld lets everything go on that was put aside. Of what was so because its
// tries are used up, some is given up.
func (w *world) releaseHeld() {
	given := w.live(func(t *journal.Task) bool { return t.Exhausted && w.chance(500) })
	held := w.live(func(t *journal.Task) bool { return t.Held && !slices.Contains(given, t.ID) })
	for _, id := range given {
		w.operator.cancel(id)
	}
	for _, id := range held {
		w.operator.release(id)
	}
}

// hopeless tells whether nobody can do a task: its target doesn't exist, its
// worker won't come back, or a BCP/1 worker's only word on it was lost.
func (w *world) hopeless(t *journal.Task) bool {
	if t.Tally != nil && t.Tally.Count == 0 {
		return true // whoever would come was there
	}
	if t.Active() {
		beat := strings.HasPrefix(t.Worker, "beat")
		return w.goneForGood(t.Worker) || beat && w.oracle.forgiven[ref(t)] || w.stuckForGood(t)
	}
	return !w.served(t) || t.Attempt > manyAttempts && t.Spec.TriesCount != 0
}

// manyAttempts is after how many a task is not tried again that doesn't count them.
const manyAttempts = 50

func (w *world) goneForGood(name string) bool {
	for _, k := range w.workers {
		if k.name == name {
			return k.gone
		}
	}
	return strings.HasPrefix(name, "liar")
}

// served tells whether there is a worker that the task's target means and that is
// what it asks for.
func (w *world) served(t *journal.Task) bool {
	t = w.pinned(t)
	target := t.Spec.Target
	for _, k := range w.workers1 {
		named := target == (journal.Target{Kind: journal.ToWorker, Name: k.name}) || target.Kind == journal.ToAny
		if named && canDo(&place.Offer{Worker: k.name}, t) {
			return true
		}
	}
	return slices.ContainsFunc(w.workers, func(k *worker) bool { return !k.gone && k.canDo(t) })
}

// pinned returns the task with the worker that it has to go to: that of a member is its
// array's, which may have been told it after the member had its row.
func (w *world) pinned(t *journal.Task) *journal.Task {
	if t.Member == nil || t.OfAll {
		return t
	}
	as := *t
	if g := w.oracle.schedule.tasks[t.Member.Group]; g != nil {
		as.Pinned = g.Pinned
	}
	return &as
}

// canDo tells whether a task's target means the worker, and it is what the task asks
// for.
func (k *worker) canDo(t *journal.Task) bool {
	return serves(t.Spec.Target, k.name, k.services) && canDo(&k.offer, t)
}
