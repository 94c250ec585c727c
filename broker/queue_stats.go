package broker

import (
	"cmp"
	"slices"
	"time"

	"bcp/journal"
)

// queueWindows are the times over which rates are told.
var queueWindows = [3]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}

// QueueInfo is what waits and runs for a service, at a worker, or for any worker that will
// do. A broadcast's members are for its service, or for any worker. Volatile.
type QueueInfo struct {
	Target    journal.Target
	Workers   int // live ones that serve it, whatever tasks ask for besides; of a worker 1 if it is live
	Waiting   int // pending tasks that were submitted to it
	Running   int // attempts that are out: of its tasks, or at the worker
	Rated     bool
	Submitted [3]float64 // tasks a second, of the last minute, 5 minutes and 15
	Ended     [3]float64
}

// Queues lists the services and workers that are known, in the order of OrderQueues; and
// what is for any worker, where there was a task that is.
func (b *Broker) Queues(now Instant) []QueueInfo {
	byTarget := make(map[journal.Target]*QueueInfo)
	get := func(kind journal.TargetKind, name string) *QueueInfo {
		target := journal.Target{Kind: kind, Name: name}
		if byTarget[target] == nil {
			byTarget[target] = &QueueInfo{Target: target, Rated: true}
		}
		return byTarget[target]
	}
	for target, m := range b.meters.byTarget {
		m.read(now, get(target.Kind, target.Name))
	}
	for _, w := range b.workers {
		own := get(journal.ToWorker, w.name)
		if !w.live {
			continue
		}
		own.Workers++
		if q := byTarget[journal.Target{Kind: journal.ToAny}]; q != nil {
			q.Workers++
		}
		for _, service := range w.services {
			get(journal.ToService, service).Workers++
		}
	}
	list := make([]QueueInfo, 0, len(byTarget))
	for _, q := range byTarget {
		list = append(list, *q)
	}
	slices.SortFunc(list, func(x, y QueueInfo) int { return OrderQueues(x.Target, y.Target) })
	return list
}

// OrderQueues is the order in which queues are listed: that for any worker first, then
// services, and workers, each by name.
func OrderQueues(x, y journal.Target) int {
	return cmp.Or(-cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Name, y.Name))
}

func (m *meter) read(now Instant, q *QueueInfo) {
	q.Waiting, q.Running, q.Rated = m.waiting, m.running, m.rates != nil
	if m.rates == nil {
		return
	}
	for i, window := range queueWindows {
		q.Submitted[i] = m.rates.submitted.perSecond(now.Mono, window)
		q.Ended[i] = m.rates.ended.perSecond(now.Mono, window)
	}
}

// EmptyIn estimates how long it takes until nothing waits, if tasks go on coming and ending
// as in the last five minutes; ten years at most. False if they come as fast as they end,
// or if nothing is known yet.
func (q *QueueInfo) EmptyIn() (time.Duration, bool) {
	if q.Waiting == 0 {
		return 0, true
	}
	surplus := q.Ended[1] - q.Submitted[1]
	if !q.Rated || surplus <= 0 {
		return 0, false
	}
	ms := min(float64(q.Waiting)/surplus*1000, journal.MaxTimeoutMS) // more may be beyond a Duration
	return time.Duration(ms * float64(time.Millisecond)), true
}
