package broker

import (
	"time"

	"bcp/journal"
)

// Meters count for each service and each worker what waits and what runs, and how
// many tasks came and ended in the last minutes:
//
//	pending   waits at the meter of its target
//	active    runs at the meter of its service, and at that of its worker
//	ended     was counted where it stood before
//
// The counts follow from the records, at work and at replay; the rates are of this
// start, on the monotonic clock.

// Limits of the meters.
const (
	meterSlot   = 10 * time.Second
	meterSlots  = 15*6 + 1 // 15 minutes, and the slot that is not over
	metersMax   = 4096     // that have rates, of 1 KiB each
	metersSpare = 1024     // of them, for what nothing waits or runs at
)

// meter counts for one target.
type meter struct {
	target  journal.Target
	waiting int
	running int
	rates   *rates // nil where there are too many
	used    uint64 // when it became idle, in counts

	inRanking // of the idle ones
}

// before orders idle meters by who has been for longest.
func (m *meter) before(other *meter) bool { return m.used < other.used }

// rates count what has happened in slots of time.
type rates struct{ submitted, ended ring }

// ring is so many slots, the newest at last.
type ring struct {
	last  int64 // number of the newest slot since the start of the clock
	slots [meterSlots]uint32
}

func (r *ring) add(now time.Duration, n int) {
	r.advance(now)
	r.slots[r.last%meterSlots] += uint32(n)
}

// advance empties the slots that have begun since the last time.
func (r *ring) advance(now time.Duration) {
	slot := int64(now / meterSlot)
	for n := 0; r.last < slot && n < meterSlots; n++ {
		r.last++
		r.slots[r.last%meterSlots] = 0
	}
	r.last = max(r.last, slot) // after so long all of them are empty
}

// perSecond returns the rate of the last time, or of the time since the start.
func (r *ring) perSecond(now, window time.Duration) float64 {
	r.advance(now)
	count := uint64(0)
	for back := int64(0); back <= int64(window/meterSlot) && back <= r.last; back++ {
		count += uint64(r.slots[(r.last-back)%meterSlots])
	}
	took := min(window+now%meterSlot, now)
	if took <= 0 {
		return 0
	}
	return float64(count) / took.Seconds()
}

// meters are those that count something, and some that did.
type meters struct {
	byTarget map[journal.Target]*meter
	idle     ranking[*meter]
	rated    int // that have rates
	uses     uint64
}

// counted is how a task is counted: not at all, if it neither waits nor is out.
type counted struct {
	waiting int // itself, or its members that have not started
	active  bool
	target  journal.Target
}

func (t *task) counted() counted {
	switch {
	case t.State == 0 || t.State.Ended():
		return counted{}
	case t.Tally != nil:
		return counted{waiting: t.unstarted(), target: t.Task.Spec.Target}
	case t.State == journal.Pending:
		return counted{waiting: 1, target: t.Task.Spec.Target}
	}
	return counted{active: true, target: t.Task.Spec.Target}
}

// posts are the meters at which a task is counted; nil where it is not. While it is
// they don't go.
type posts struct {
	home *meter // of its target
	runs *meter // of its worker
}

// countedAt is how and where a task is counted.
type countedAt struct {
	counted
	posts
}

// homeOf returns the meter of the target of a task that stands so, which may be the one
// where it was counted; nil if it isn't counted there.
func (b *Broker) homeOf(s *counted, was *meter) *meter {
	switch {
	case s.waiting == 0 && (!s.active || s.target.Kind == journal.ToWorker):
		return nil
	case was != nil && was.target == s.target:
		return was
	}
	return b.meters.get(s.target)
}

// runsOf is homeOf for the meter of the task's worker.
func (b *Broker) runsOf(t *task, s *counted, was *meter) *meter {
	switch {
	case !s.active:
		return nil
	case was != nil:
		return was
	}
	return b.meters.get(journal.Target{Kind: journal.ToWorker, Name: t.Worker})
}

// each calls fn with the meters.
func (p *posts) each(fn func(*meter)) {
	if p.home != nil {
		fn(p.home)
	}
	if p.runs != nil {
		fn(p.runs)
	}
}

// moveMeters counts a task that a record has changed where it stands now, and then
// no more where it stood. It counts at one meter before it looks for the next: a new
// one may take the place of one that is idle.
func (b *Broker) moveMeters(t *task, before countedAt, after counted) {
	if before.counted == after {
		return
	}
	t.posts.home = b.homeOf(&after, before.home)
	b.meters.count(t.posts.home, &after, +1)
	t.posts.runs = b.runsOf(t, &after, before.runs)
	b.meters.count(t.posts.runs, &after, +1)
	b.meters.count(before.home, &before.counted, -1)
	b.meters.count(before.runs, &before.counted, -1)
}

// rate counts a task that has come, or one that has ended where it stood before.
func (b *Broker) rate(now Instant, t *task, what journal.Kind, stood countedAt) {
	switch what {
	case journal.KindSubmit, journal.KindJoin:
		came := t.counted()
		t.posts.each(func(m *meter) { m.came(now, came.waiting) })
	case journal.KindEnd:
		stood.each(func(m *meter) { m.ended(now, max(stood.waiting, 1)) })
	}
}

func (m *meter) came(now Instant, n int) {
	if m.rates != nil {
		m.rates.submitted.add(now.Mono, n)
	}
}

func (m *meter) ended(now Instant, n int) {
	if m.rates != nil {
		m.rates.ended.add(now.Mono, n)
	}
}

// get returns the meter of a target, which is made if there is none.
func (ms *meters) get(target journal.Target) *meter {
	m := ms.byTarget[target]
	if m == nil {
		m = &meter{target: target}
		ms.byTarget[target] = m
		if ms.rated == metersMax && len(ms.idle) > 0 {
			ms.forget(ms.idle[0])
		}
		if ms.rated < metersMax {
			m.rates = new(rates)
			ms.rated++
		}
	}
	return m
}

// count counts a task, or no more, at a meter, unless that is nil.
func (ms *meters) count(m *meter, s *counted, by int) {
	switch {
	case m == nil:
		return
	case s.active:
		m.running += by
	default:
		m.waiting += by * s.waiting
	}
	m.settle(ms)
}

// settle keeps a meter that counts something, and the latest of those that don't.
func (m *meter) settle(ms *meters) {
	if m.waiting > 0 || m.running > 0 {
		ms.idle.remove(m)
		return
	}
	ms.uses++
	m.used = ms.uses
	ms.idle.put(m)
	if len(ms.idle) > metersSpare {
		ms.forget(ms.idle[0])
	}
}

func (ms *meters) forget(m *meter) {
	ms.idle.remove(m)
	delete(ms.byTarget, m.target)
	if m.rates != nil {
		ms.rated--
	}
}
