package sim

import (
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// extendWhile lets some jobs change their time-outs in the course of a time: to
// more, to less, or to none.
func (k *worker) extendWhile(j *job, d time.Duration) {
	for range k.w.rand.IntN(3) {
		if k.w.chance(300) {
			k.later(k.w.upTo(d), func() { k.extend(j) })
		}
	}
}

func (k *worker) extend(j *job) {
	if j.over {
		return
	}
	m := &wire.Extend{Ref: j.ref, Option: pick(k.w, journal.Extendable), LeftMS: k.w.upTo(5 * time.Second).Milliseconds()}
	if k.w.chance(200) {
		m.LeftMS = 0
	}
	k.s.Extend(k.w.now, m, k.w.chance(500))
}

// reasonOf is what an attempt is stopped for when a time-out is over.
var reasonOf = map[uint8]journal.Reason{
	journal.OptionRunTimeout:     journal.ReasonRunTimeout,
	journal.OptionSilenceTimeout: journal.ReasonSilence,
	journal.OptionLifeTimeout:    journal.ReasonLifeTimeout,
}

// never is when what has no limit is over.
const never = time.Duration(1<<63 - 1)

// changed takes in an edit: one by the task's worker is what that has asked for just
// now, and gives the attempt so much time; any other makes no promise.
func (s *schedule) changed(t *waiting, r *journal.Record) {
	m := s.asked
	if m == nil || m.Task != t.ID || r.By != t.Worker {
		t.until = nil
		return
	}
	if changed := r.Changed(); len(changed) != 1 || changed[0].Number != m.Option {
		s.w.fail("worker %s asks for another time-out %d of task %s, and %v are changed", r.By, m.Option, t.ID, changed)
	}
	if t.until == nil {
		t.until = map[journal.Reason]time.Duration{}
	}
	t.until[reasonOf[m.Option]] = s.w.now + time.Duration(m.LeftMS)*time.Millisecond
	if m.LeftMS == 0 {
		t.until[reasonOf[m.Option]] = never
	}
	s.w.cover.add("time-out", "changed by the worker")
}

// judgeLate tells whether a time-out that a worker has changed may be over now.
func (s *schedule) judgeLate(t *waiting, r *journal.Record) {
	until, changed := t.until[r.Reason]
	if !changed {
		return
	}
	if s.w.now < until {
		s.w.fail("task %s is over for %s, and has time until %v", t.ID, r.Reason, until)
	}
	s.w.cover.add("time-out", "over, as the worker has changed it")
}
