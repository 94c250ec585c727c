package sim

import (
	"slices"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// failing makes up how a task may fail.
func (w *world) failing(s *journal.Spec) {
	if s.RetryDelayMS > 0 && w.chance(500) {
		s.RetryJitter = 1 + w.rand.Uint32N(100)
	}
	if w.chance(300) {
		s.TriesCount = journal.Counts(1 + w.rand.IntN(7))
	}
	for range w.rand.IntN(3) {
		if class := pick(w, classes); class != "" && !slices.Contains(s.FatalClasses, class) && w.chance(500) {
			s.FatalClasses = append(s.FatalClasses, class)
		}
	}
	if w.chance(150) {
		s.SilenceTimeoutMS = 1 + w.upTo(2*time.Second).Milliseconds()
	}
	if w.chance(100) {
		s.LifeTimeoutMS = 1 + w.upTo(20*time.Second).Milliseconds()
	}
	s.HoldExhausted = w.chance(250)
}

// counted tells whether an attempt that is over for the reason is to use up a try.
func counted(s *journal.Spec, why journal.Reason) bool {
	way := journal.Counts(0)
	switch why {
	case journal.ReasonError, journal.ReasonRefused, journal.ReasonNever:
		way = journal.CountError
	case journal.ReasonStartTimeout, journal.ReasonRunTimeout, journal.ReasonSilence, journal.ReasonLifeTimeout:
		way = journal.CountTimeout
	case journal.ReasonLost, journal.ReasonMissing, journal.ReasonLossLimit:
		way = journal.CountLost
	}
	if s.TriesCount == 0 {
		return way == journal.CountError || way == journal.CountTimeout
	}
	return s.TriesCount&way != 0
}

// spent is what a task has used up of what it may.
type spent struct{ tries, losses uint32 }

// book takes in that an attempt is over.
func (s *spent) book(spec *journal.Spec, why journal.Reason) {
	if counted(spec, why) {
		s.tries++
	}
	if why == journal.ReasonLost || why == journal.ReasonMissing || why == journal.ReasonLossLimit {
		s.losses++
	}
}

// spentOf counts what a task has used up by its records.
func spentOf(records []journal.Record) (s spent) {
	var t journal.Task
	for i := range records {
		r := &records[i]
		if r.Kind == journal.KindRequeue || r.Kind == journal.KindExhausted {
			s.book(t.Spec, r.Reason)
		}
		if r.Kind == journal.KindRelease && t.Exhausted {
			s = spent{}
		}
		_ = t.Apply(r) // what is committed fits
	}
	return s
}

// judgeFailure tells whether what follows an attempt that is over is what the task
// asked for. The task is as it was before the record.
func (s *schedule) judgeFailure(t *waiting, r *journal.Record) {
	over := r.Kind == journal.KindRequeue || r.Kind == journal.KindExhausted || r.Kind == journal.KindEnd
	if !t.Active() || !over {
		return
	}
	if r.Reason == journal.ReasonLost && t.Spec.OnLoss == journal.LossWait && t.State != journal.Canceling {
		s.w.fail("task %s is lost with its worker, and was to wait for that", t.ID)
	}
	use := counted(t.Spec, r.Reason)
	before := t.losses
	t.book(t.Spec, r.Reason)
	last := use && t.tries >= t.Spec.Tries || r.Reason == journal.ReasonLossLimit
	fatal := r.Reason == journal.ReasonNever || r.Reason != journal.ReasonElsewhere && slices.Contains(t.Spec.FatalClasses, r.Class)
	switch r.Kind {
	case journal.KindRequeue:
		s.judgeAgain(t, r, before, last, fatal)
	case journal.KindExhausted:
		if !last || fatal || !t.Spec.HoldExhausted {
			s.w.fail("task %s is put aside after %d tries of %d for %s (class %q)", t.ID, t.tries, t.Spec.Tries, r.Reason, r.Class)
		}
		s.w.cover.add("failing", "put aside")
	case journal.KindEnd:
		s.judgeFailed(t, r, last, fatal)
	}
}

// judgeAgain tells whether a task may be tried again, that had lost so many attempts
// before.
func (s *schedule) judgeAgain(t *waiting, r *journal.Record, before uint32, last, fatal bool) {
	switch {
	case last || fatal:
		s.w.fail("task %s is tried again after %d tries of %d for %s (class %q)", t.ID, t.tries, t.Spec.Tries, r.Reason, r.Class)
	case t.losses > t.Spec.LossesAllowed() && t.losses > before:
		s.w.fail("task %s is tried again after %d lost attempts of %d (%s)", t.ID, t.losses, t.Spec.LossesAllowed(), r.Reason)
	case t.lifeEnd > 0 && t.lifeEnd <= s.w.now:
		s.w.fail("task %s is tried again, and its life is over since %v", t.ID, t.lifeEnd)
	case t.Spec.TriesCount != 0 && !counted(t.Spec, r.Reason) && counted(&journal.Spec{}, r.Reason):
		s.w.cover.add("failing", "for free: "+r.Reason.String())
	case t.Spec.TriesCount != 0 && r.Reason == journal.ReasonLost && counted(t.Spec, r.Reason):
		s.w.cover.add("failing", "a loss that counts")
	}
}

// judgeFailed tells whether a task had to fail of what its attempt came to. One that
// is being canceled, or that is not to survive its worker, may.
func (s *schedule) judgeFailed(t *waiting, r *journal.Record, last, fatal bool) {
	if t.State == journal.Canceling || r.Attempt >= 2000 {
		return
	}
	switch r.Reason {
	case journal.ReasonError, journal.ReasonRefused, journal.ReasonStartTimeout, journal.ReasonRunTimeout, journal.ReasonSilence:
		if !fatal && (!last || t.Spec.HoldExhausted) {
			s.w.fail("task %s fails after %d tries of %d for %s (class %q)", t.ID, t.tries, t.Spec.Tries, r.Reason, r.Class)
		}
		if fatal && !last {
			s.w.cover.add("failing", "at once, for its class")
		}
	case journal.ReasonLossLimit:
		if t.Spec.HoldExhausted {
			s.w.fail("task %s fails, and was to be put aside when its tries are used up", t.ID)
		}
	}
}

// judgeTime tells whether a time was over that something is done for.
func (s *schedule) judgeTime(t *waiting, r *journal.Record) {
	s.w.oracle.judgeStart(t, r)
	since := max(t.spoke, s.w.oracle.registered[t.Worker], s.w.broker.born)
	switch {
	case r.Reason == journal.ReasonLifeTimeout && t.Stopping != r.Reason && t.lifeEnd > s.w.now:
		s.w.fail("%s of task %s: its life is not over before %v", r.Kind, t.ID, t.lifeEnd)
	case r.Kind == journal.KindStop && r.Reason == journal.ReasonSilence && s.w.now-since < ms(t.Spec.SilenceTimeoutMS):
		s.w.fail("task %s is stopped for silence, and something was said at %v", t.ID, since)
	}
}

// judgeLives tells whether there is a task that should have ended long ago.
func (s *schedule) judgeLives() {
	const patience = time.Second // of a broker that is busy, or about to stop
	for _, t := range s.order {
		if t.Tally != nil && t.Tally.Unstarted() == 0 && t.Tally.Count > 0 {
			continue // it ends with its members, and they may have been given longer
		}
		if t.State == journal.Pending && t.lifeEnd > 0 && max(t.lifeEnd, t.made)+patience < s.w.now { // a late joiner may come after it
			s.w.fail("task %s is still there, and its life is over since %v", t.ID, t.lifeEnd)
		}
	}
}

// spoken takes in a word that the core is told of an attempt.
func (s *schedule) spoken(from wire.Peer, ref wire.Ref) {
	t := s.tasks[ref.Task]
	if t != nil && t.Attempt == ref.Attempt && t.Worker == s.w.oracle.claims[from].name {
		t.spoke = s.w.now
	}
}

func ms(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// stuck tells whether a job goes on for ever, unless somebody stops it.
func (w *world) stuck(d *wire.Dispatch) bool { return d.SilenceTimeoutMS > 0 && w.chance(300) }

// stuckForGood tells whether a job is stuck, and nobody minds any more.
func (w *world) stuckForGood(t *journal.Task) bool {
	return t.Spec.SilenceTimeoutMS == 0 && slices.ContainsFunc(w.workers, func(k *worker) bool {
		j := k.jobs[ref(t)]
		return j != nil && j.stuck
	})
}

// speak has a job say something of itself, again and again, often enough for its
// task, for as long as it is not stuck.
func (k *worker) speak(j *job, d *wire.Dispatch) {
	if j.over || j.stuck || d.SilenceTimeoutMS < 4 {
		return
	}
	k.s.Progress(k.w.now, &wire.Progress{Ref: j.ref, Fraction: -1, Text: "going on"})
	k.later(ms(d.SilenceTimeoutMS)/4, func() { k.speak(j, d) })
}
