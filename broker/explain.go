package broker

import (
	"cmp"
	"slices"
	"time"

	"bcp/journal"
)

// Limits of an explanation: everything else waits while it is made.
const (
	candidateMax = 100  // workers that are told by name
	outOfTurnMax = 1000 // members that are looked for in the archive, some 10 ms
)

// Explanation is why a task that has not ended is where it is. What does not
// apply is zero. Volatile.
//
//	pending   Waits          tasks that have to end first
//	          Limits         limits that keep it
//	          Place          in the queue, once nothing else keeps it
//	          Candidates     workers that it could be given to
//	active    Holder         the worker that has its attempt
//	          HeldBack       it has not been given to the worker yet
//	both      Next           what happens without anybody's word, and when
//	          Life           the end of its life, if something else comes first
type Explanation struct {
	Task     journal.Task // its NotBeforeMS as the wall clock is now, see Dates
	Stopping bool         // the broker shuts down: it dispatches nothing
	Said     ProgressInfo // by its current attempt, zero if nothing
	Between  bool         // it waits for its next try, see journal.Task.BetweenTries

	Whole  *Explanation // of a member that has not started, or may not go before its group may: what keeps that
	Before int          // of one that has not started: how many of those that haven't either go before it

	Unstarted int // members of an array that have not started: they wait as the next one does

	Waits      []Waiting
	Limits     []Limiting
	Place      Place
	Prefers    string     // selector of the workers that alone will do until Next
	Candidates []Standing // the first candidateMax, those first that are what it asks for, by name
	Workers    int        // of them all
	Holder     *Standing
	HeldBack   bool // its dispatch waits until the worker has taken in others, or for its body to be read
	Next       *Deadline
	Life       *Deadline
}

// Waiting is another task that one waits for.
type Waiting struct {
	journal.Dependency
	State journal.State
	Held  bool
}

// Place is where a task stands among those that could go to the same workers, whatever
// they ask for, or are for the same while no worker is there: those of its own client go
// in their order, and the clients take turns. What a limit keeps is left out, unless it
// keeps this one.
type Place struct {
	Before  int  // tasks of its client that go first
	Cut     bool // more than these may: what asks for the same workers was looked at up to a limit
	Length  int  // tasks of its client; 0 for a task that does not wait for a worker
	Clients int  // others, whose tasks wait as well
	Others  int  // tasks of these

	First      []Ahead // the first of those that go before it
	OtherFirst []Ahead // the first ones of some other clients, which may
}

// Ahead is a task that goes before another one, or may.
type Ahead struct {
	Task     journal.ID
	Priority int32
	Client   string
}

// Standing is how a worker stands toward a task.
type Standing struct {
	Name     string
	Live     bool // heard from in time
	Draining bool
	Slots    int // 0 for one that is awaited since a restart
	Busy     int
	Declined bool          // wants another one to do it
	Obstacle               // what keeps it from a task that waits
	Grace    time.Duration // that is left to one that is away, until what it has is lost
}

// Deadline is what happens to a task when its time is up.
type Deadline struct {
	In  time.Duration  // from now
	Why journal.Reason // which time; ReasonNone for that of its dispatch
	// Then is what the task is when this is through: a worker that is told to
	// stop has to do so first. Its present state if it goes on waiting.
	Then journal.State
	Held bool // it is put aside then
}

// Explain tells why a task is where it is; false for a task that has ended or does not
// exist. It changes nothing. Its time grows with the number of workers that could do the
// task and, up to a limit, with what else waits for them.
func (b *Broker) Explain(now Instant, id journal.ID) (Explanation, bool) {
	if t := b.live(id); t != nil {
		return b.explain(now, t), true
	}
	g, pos := b.startable(id)
	if g == nil {
		return Explanation{}, false
	}
	whole := b.explain(now, g.whole)
	return Explanation{Task: g.member(pos), Stopping: b.stopping, Whole: &whole, Before: b.unstartedBefore(g, pos)}, true
}

func (b *Broker) explain(now Instant, t *task) Explanation {
	e := Explanation{Task: t.Task, Stopping: b.stopping, Between: t.BetweenTries(b.nowFor(now, t.ID)), Next: b.nextDeadline(now, t)}
	e.Task.NotBeforeMS = t.notBefore(now)
	if life := t.endOfLife(now); life != nil && (e.Next == nil || e.Next.Why != life.Why) {
		e.Life = life
	}
	if t.worker != nil {
		holder := t.worker.standing(now)
		e.Holder, e.Said, e.HeldBack = &holder, t.said(), t.heldBack && t.State == journal.Dispatched
		return e
	}
	if t.keptBack() {
		whole := b.explain(now, t.group.whole)
		e.Whole = &whole
		return e
	}
	e.Waits = b.waits(t)
	e.Unstarted = t.unstarted()
	e.Place = b.placeOf(t)
	if t.lane != nil {
		e.Limits = t.lane.quota.limiting(now)
	}
	if t.choosy() {
		e.Prefers = t.Spec.Prefer
	}
	e.Candidates, e.Workers = b.candidates(now, t)
	return e
}

// unstartedBefore counts the members before a position that have not started. Those that
// have started out of their turn are looked for among the first of them alone.
func (b *Broker) unstartedBefore(g *group, pos uint32) int {
	next, begun := g.whole.Tally.Next, 0
	for i := next; i < min(pos, next+outOfTurnMax) && begun < int(g.whole.Tally.Ahead); i++ {
		if b.hasRow(g, g.at(i)) {
			begun++
		}
	}
	return int(pos-next) - begun
}

func (b *Broker) waits(t *task) []Waiting {
	waits := make([]Waiting, 0, len(t.Waits))
	for _, d := range t.Waits {
		if first, err := b.lookup(d.Task); err == nil && !first.State.Ended() {
			waits = append(waits, Waiting{d, first.State, first.Held})
		}
	}
	return waits
}

func (b *Broker) placeOf(t *task) Place {
	if t.lane == nil {
		return Place{}
	}
	r := t.lane.rivals()
	heads := r.heads()
	p := Place{
		Before: r.before(t), Length: countTasks(r.own), First: r.firstOnes(t),
		Clients: len(heads), Others: countTasks(r.others),
	}
	p.Cut = r.cut
	for _, l := range heads[:min(len(heads), aheadShown)] {
		p.OtherFirst = append(p.OtherFirst, aheadOf(l.first()))
	}
	return p
}

// candidates returns the workers that the task's target means, those first that are
// what it asks for, and how many they are.
func (b *Broker) candidates(now Instant, t *task) ([]Standing, int) {
	var list []Standing
	if t.Tally != nil && t.unstarted() == 0 {
		return nil, 0 // a broadcast goes to none itself, nor does an array all of whose members have started
	}
	d := b.wanted(now, t)
	for _, w := range b.workers {
		if t.OfAll && w.name == t.Pinned || !t.OfAll && w.serves(t.Spec.Target) {
			s := w.standing(now)
			s.Obstacle = d.standsIn(w)
			s.Declined = t.DeclinedBy(w.name, w.instance)
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(x, y Standing) int {
		switch lasts := x.Why.Lasts(); {
		case lasts == y.Why.Lasts():
			return cmp.Compare(x.Name, y.Name)
		case lasts:
			return 1
		}
		return -1
	})
	return list[:min(len(list), candidateMax)], len(list)
}

func (w *worker) standing(now Instant) Standing {
	s := Standing{Name: w.name, Live: w.live, Draining: w.draining, Slots: w.slots, Busy: w.attempts.len}
	if !w.live && !w.lost() {
		s.Grace = max(w.timer.at-now.Mono, 0)
	}
	return s
}

// nextDeadline returns the earlier of the task's own and its worker's, nil if
// nothing happens of itself.
func (b *Broker) nextDeadline(now Instant, t *task) *Deadline {
	own, grace := b.deadline(now, t), b.graceOf(now, t)
	if own == nil || grace != nil && grace.In < own.In {
		return grace
	}
	return own
}

// deadline is the task's own; due does what it tells.
func (b *Broker) deadline(now Instant, t *task) *Deadline {
	if t.timer.index == 0 || t.stopped() {
		return nil // what is armed while it is being stopped only repeats that
	}
	d := Deadline{In: max(t.timer.at-now.Mono, 0), Why: t.awaits}
	if t.awaits == journal.ReasonSilence { // words since may have put it off
		first, _ := b.firstDeadline(now, now.Mono, t)
		d.In, d.Why = first.at-now.Mono, first.why
	}
	d.Then, d.Held = t.afterDeadline(d.Why)
	return &d
}

// endOfLife is when the task has to have ended, nil if it may live as long as it wants.
func (t *task) endOfLife(now Instant) *Deadline {
	if t.Spec.LifeTimeoutMS == 0 || t.clocks == nil {
		return nil
	}
	in := max(t.clocks.born+msDuration(t.Spec.LifeTimeoutMS)-now.Mono, 0)
	return &Deadline{In: in, Why: journal.ReasonLifeTimeout, Then: journal.Failed}
}

// afterDeadline tells what the task is after one of its deadlines.
func (t *task) afterDeadline(why journal.Reason) (then journal.State, held bool) {
	switch {
	case why == journal.ReasonNone:
		return journal.Pending, false
	case t.State == journal.Pending:
		return journal.Failed, false
	}
	return t.after(failure{why: why})
}

// graceOf is when the task's worker, which is away, is taken to be lost; expire
// does what it tells.
func (b *Broker) graceOf(now Instant, t *task) *Deadline {
	if t.worker == nil || t.worker.live || t.worker.lost() {
		return nil
	}
	d := Deadline{In: max(t.worker.timer.at-now.Mono, 0), Why: journal.ReasonLost}
	d.Then, d.Held = b.afterLoss(t)
	return &d
}

// afterLoss tells what lose would make of the task.
func (b *Broker) afterLoss(t *task) (then journal.State, held bool) {
	switch policy := b.policy(t); {
	case t.State == journal.Canceling:
		return journal.Canceled, false
	case t.Stopping != journal.ReasonNone:
		return t.after(failure{why: t.Stopping})
	case policy == journal.LossWait:
		return t.State, false
	case policy == journal.LossFail:
		return journal.Failed, false
	}
	return t.after(t.loss(journal.ReasonLost, ""))
}

// after tells what the task is after a failure.
func (t *task) after(f failure) (then journal.State, held bool) {
	switch fate := t.fateOf(f); {
	case fate == fateHeld:
		return journal.Pending, true
	case fate == fateRetry && t.Attempt < attemptsMax:
		return journal.Pending, false
	}
	return journal.Failed, false
}
