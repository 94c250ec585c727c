package broker

import (
	"time"

	"bcp/journal"
)

// A task has one timer, for whatever of its times is over first:
//
//	queue-timeout    from when it could be dispatched to its dispatch
//	prefer-for       likewise, to when it goes to workers that it doesn't prefer
//	start-timeout    from when the dispatch leaves to the worker's confirmation
//	run-timeout      from the start to the end
//	silence          from a word about the running attempt to the next one
//	life-timeout     from the submit to the end
//
// Times run on the monotonic clock. What of them had passed before the broker
// started, the wall clock tells; that may be set, so it is asked once for each.

// moment is a time of the wall clock, and the same by Instant.Mono. Volatile.
type moment struct {
	ms int64
	at time.Duration
}

// began sets the moment to when something began that the wall clock has a time of, and returns
// it by Instant.Mono. For the same time it is worked out once.
func (m *moment) began(now Instant, sinceMS int64) time.Duration {
	if m.ms != sinceMS {
		*m = moment{sinceMS, began(now, sinceMS)}
	}
	return m.at
}

// clocks are when the times of a task with a silence-timeout or a life-timeout began, by
// Instant.Mono. Volatile.
type clocks struct {
	born  time.Duration // the submit
	spoke time.Duration // the last word about the running attempt
}

// deadline is when something is due for a task, and for which reason: none for a
// task whose time to be dispatched has come, or to go to a worker that it doesn't
// prefer, and for a stop that is repeated.
type deadline struct {
	at  time.Duration
	why journal.Reason
}

// schedule arms the deadline that comes first.
func (b *Broker) schedule(now Instant, t *task) { b.scheduleFrom(now, now.Mono, t) }

// scheduleFrom is schedule for a worker that can't be heard until a moment: what its word
// would put off is not due before that.
func (b *Broker) scheduleFrom(now Instant, heard time.Duration, t *task) {
	t.wind(now)
	d, set := b.firstDeadline(now, heard, t)
	if !set {
		b.disarm(&t.timer)
		return
	}
	t.awaits = d.why
	b.arm(&t.timer, t, d.at)
}

// wind starts the clocks of a task that needs them.
func (t *task) wind(now Instant) {
	if t.clocks != nil || t.Spec.SilenceTimeoutMS == 0 && t.Spec.LifeTimeoutMS == 0 {
		return
	}
	t.clocks = newClocks(now, t)
	if t.Member != nil && t.group.whole.clocks != nil {
		t.clocks.born = t.group.whole.clocks.born // they were submitted as one
	}
}

func newClocks(now Instant, t *task) *clocks {
	return &clocks{born: began(now, t.SubmittedMS), spoke: now.Mono}
}

// began is when something began that the wall clock has a time of.
func began(now Instant, sinceMS int64) time.Duration {
	return now.Mono - msDuration(max(now.WallMS-sinceMS, 0))
}

// began is when something of the task began.
func (t *task) began(now Instant, sinceMS int64) time.Duration { return t.since.began(now, sinceMS) }

// comes is when NotBeforeMS comes, before which the task is not dispatched. It is worked out
// once.
func (t *task) comes(now Instant) time.Duration {
	if t.date.ms != t.NotBeforeMS {
		t.date = moment{t.NotBeforeMS, now.Mono + msDuration(t.NotBeforeMS-now.WallMS)}
	}
	return t.date.at
}

// waitsFrom is from when a pending task could be dispatched, as waitingSince is.
func (t *task) waitsFrom(now Instant) time.Duration {
	from := t.began(now, t.PendingMS)
	if t.NotBeforeMS != 0 {
		from = max(from, t.comes(now))
	}
	return from
}

// setMS is how far the wall clock must be from where it was for somebody to have set it.
const setMS = 1000

// notBefore is NotBeforeMS by the wall clock as it is now: another time, if that clock was set
// since the task began to wait for it.
func (t *task) notBefore(now Instant) int64 {
	ms := now.WallMS + (t.comes(now) - now.Mono).Milliseconds()
	if t.NotBeforeMS == 0 || max(ms-t.NotBeforeMS, t.NotBeforeMS-ms) < setMS {
		return t.NotBeforeMS
	}
	return ms
}

// nowFor is the wall clock as it would be if nobody had set it since the task began to wait for
// its time: by that, NotBeforeMS is to come for as long as the task waits.
func (b *Broker) nowFor(now Instant, id journal.ID) int64 {
	t := b.tasks.get(id)
	if t == nil || t.folded() || t.NotBeforeMS == 0 {
		return now.WallMS
	}
	return t.NotBeforeMS - (t.comes(now) - now.Mono).Milliseconds()
}

// Dates returns from when tasks may be dispatched, in Unix milliseconds by the wall clock as it
// is now. It leaves out those for which that is NotBeforeMS, as where nobody has set the clock.
func (b *Broker) Dates(now Instant, ids []journal.ID) map[journal.ID]int64 {
	dates := make(map[journal.ID]int64)
	for _, id := range ids {
		t := b.tasks.get(id)
		if t == nil || t.folded() {
			continue
		}
		if ms := t.notBefore(now); ms != t.NotBeforeMS {
			dates[id] = ms
		}
	}
	return dates
}

// firstDeadline returns which of the task's deadlines comes first, false for none. Its worker
// can't be heard until a moment, see scheduleFrom.
func (b *Broker) firstDeadline(now Instant, heard time.Duration, t *task) (deadline, bool) {
	e := earliest{now: now, heard: heard}
	switch {
	case t.stands() && t.group.ready && t.group.empty():
		e.add(t.waitsFrom(now), t.Spec.QueueTimeoutMS, journal.ReasonQueueTimeout)
	case t.State.Ended() || t.stands() && t.group.settled():
		return deadline{}, false
	case t.stopped():
		return deadline{at: now.Mono + b.cfg.ResendEvery}, true
	case t.lane == nil && (t.State == journal.Pending || t.stands()):
		e.addDate(t)
	case t.State == journal.Pending || t.stands():
		e.addQueued(t)
	default:
		e.addAttempt(t)
	}
	if t.clocks != nil && (!t.stands() || t.Tally.Rest == 0) {
		e.add(t.clocks.born, t.Spec.LifeTimeoutMS, journal.ReasonLifeTimeout)
	}
	return e.deadline, e.set
}

// earliest is the deadline that comes first, if one was added. What is late is due now.
type earliest struct {
	now   Instant
	heard time.Duration // until then the worker can't be heard
	deadline
	set bool
}

// add adds when a time is over that began at from; none if it has no limit.
func (e *earliest) add(from time.Duration, limitMS int64, why journal.Reason) {
	e.addFrom(e.now.Mono, from, limitMS, why)
}

// addWord is add for a time within which the worker has to say something.
func (e *earliest) addWord(from time.Duration, limitMS int64, why journal.Reason) {
	e.addFrom(e.heard, from, limitMS, why)
}

func (e *earliest) addFrom(soonest, from time.Duration, limitMS int64, why journal.Reason) {
	at := max(from+msDuration(limitMS), soonest)
	if limitMS != 0 && (!e.set || at < e.at) {
		e.deadline, e.set = deadline{at, why}, true
	}
}

// addDate is for a task that is in no queue, if it is only not time for it yet.
func (e *earliest) addDate(t *task) {
	if !t.Held && len(t.Waits) == 0 && !t.keptBack() {
		e.deadline, e.set = deadline{at: t.comes(e.now)}, true
	}
}

// addQueued is for a task that could be dispatched.
func (e *earliest) addQueued(t *task) {
	from := t.waitsFrom(e.now)
	e.add(from, t.Spec.QueueTimeoutMS, journal.ReasonQueueTimeout)
	if t.choosy() {
		e.add(from, t.Spec.PreferForMS, journal.ReasonNone)
	}
}

// addAttempt is for a task with an attempt.
func (e *earliest) addAttempt(t *task) {
	if t.State == journal.Dispatched {
		if !t.heldBack {
			e.addWord(t.left(e.now), t.Spec.StartTimeoutMS, journal.ReasonStartTimeout)
		}
		return
	}
	e.add(t.began(e.now, t.StartedMS), t.Spec.RunTimeoutMS, journal.ReasonRunTimeout)
	if t.clocks != nil && t.worker.live {
		e.addWord(t.clocks.spoke, t.Spec.SilenceTimeoutMS, journal.ReasonSilence)
	}
}

// due handles a task's deadline.
func (t *task) due(b *Broker, now Instant) {
	switch {
	case t.stands() && t.awaits != journal.ReasonNone:
		b.restLate(now, t.group, t.awaits)
	case t.stopped():
		b.resendStop(t)
		b.schedule(now, t)
	case t.awaits == journal.ReasonNone && t.choosy():
		b.offerToAny(now, t)
	case t.awaits == journal.ReasonNone:
		b.offer(now, t)
	case t.State == journal.Pending:
		b.end(now, t, journal.Record{State: journal.Failed, Reason: t.awaits, Text: t.Spec.LateText(t.awaits)})
	case b.deaf && (t.awaits == journal.ReasonSilence || t.awaits == journal.ReasonStartTimeout):
		b.scheduleFrom(now, nextBeat(now, b.cfg.Heartbeat), t) // it may have been said
	case t.awaits == journal.ReasonSilence && !t.silent(now):
		b.schedule(now, t) // a word has put it off
	default:
		b.stop(now, t, t.awaits)
		b.schedule(now, t)
	}
}

// spoken takes in a word about a running attempt: it is not stuck. The timer stays
// where it is, and looks again when it is due: words may be many.
func (t *task) spoken(now Instant) {
	if t.clocks != nil {
		t.clocks.spoke = now.Mono
	}
}

// silent tells whether nothing was said of the running attempt for too long.
func (t *task) silent(now Instant) bool {
	return now.Mono-t.clocks.spoke >= msDuration(t.Spec.SilenceTimeoutMS)
}

// listen lets the silence of a worker's attempts begin anew when it is back, or
// rest when it is away: nobody can hear them then.
func (b *Broker) listen(now Instant, w *worker) {
	for t := w.attempts.head; t != nil; t = t.next {
		if t.State == journal.Running && t.clocks != nil && !t.stopped() {
			t.spoken(now)
			b.schedule(now, t)
		}
	}
}

// outlives ends a task that could be tried again, but has lived for as long as it
// may. It tells whether it did.
func (b *Broker) outlives(now Instant, t *task, f failure) bool {
	limit := t.Spec.LifeTimeoutMS
	if limit == 0 || t.clocks == nil || now.Mono-t.clocks.born < msDuration(limit) {
		return false
	}
	text := t.Spec.LateText(journal.ReasonLifeTimeout)
	if f.text != "" {
		text += "; its last attempt: " + f.text
	}
	b.end(now, t, journal.Record{State: journal.Failed, Reason: journal.ReasonLifeTimeout, Text: text, Class: f.class})
	return true
}
