package sim

import (
	"container/heap"
	"time"
)

// instantMax bounds what may happen at one moment: who does more goes round in
// circles.
const instantMax = 20_000

// event is something that happens at its time. Events of one moment happen in
// the order in which they were planned.
type event struct {
	at    time.Duration
	order uint64
	do    func()
}

// agenda is a heap of the events to come.
type agenda []event

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

func (a agenda) Less(i, j int) bool {
	if a[i].at != a[j].at {
		return a[i].at < a[j].at
	}
	return a[i].order < a[j].order
}

// Push implements heap.Interface.
func (a *agenda) Push(x any) { *a = append(*a, x.(event)) }

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	old := *a
	e := old[len(old)-1]
	old[len(old)-1] = event{}
	*a = old[:len(old)-1]
	return e
}

// after plans an event.
func (w *world) after(d time.Duration, do func()) {
	w.order++
	heap.Push(&w.agenda, event{w.now + max(d, 0), w.order, do})
}

// run lets the events happen up to a time.
func (w *world) run(until time.Duration) {
	still := 0
	for len(w.agenda) > 0 && w.agenda[0].at <= until {
		e := heap.Pop(&w.agenda).(event)
		if still++; e.at > w.now {
			still = 0
		}
		if still > instantMax {
			w.fail("%d events at one moment: somebody goes round in circles", still)
		}
		w.now = e.at
		w.events++
		e.do()
	}
	w.now = until
}

// alarm is one deadline that its owner sets and moves.
type alarm struct {
	at     time.Duration
	set    bool
	number uint64 // of the last setting; earlier ones don't ring
}

// setAlarm makes the alarm ring at a time, in place of an earlier one.
func (w *world) setAlarm(a *alarm, at time.Duration, ring func()) {
	if at = max(at, w.now); a.set && a.at == at {
		return
	}
	a.at, a.set = at, true
	a.number++
	number := a.number
	w.after(at-w.now, func() {
		if a.set && a.number == number {
			a.set = false
			ring()
		}
	})
}

func (a *alarm) stop() { a.set = false }
