package answer

import (
	"time"

	"bcp/broker"
	"bcp/broker/view"
	"bcp/journal"
)

// NewQueue returns the queue as it is shown.
func NewQueue(q *broker.QueueInfo, oldestMS int64) view.Queue {
	target := view.NewTarget(q.Target)
	v := view.Queue{
		Kind: target.Kind, Name: target.Name, Workers: q.Workers, Waiting: q.Waiting, Running: q.Running,
		OldestAt: view.Time(oldestMS),
	}
	if q.Rated {
		v.Submitted, v.Ended = newRates(q.Submitted), newRates(q.Ended)
	}
	if in, ok := q.EmptyIn(); ok {
		ms := min(in, time.Duration(journal.MaxTimeoutMS)*time.Millisecond).Milliseconds()
		v.EmptyInMS = &ms
	}
	return v
}

func newRates(r [3]float64) *view.Rates { return &view.Rates{M1: r[0], M5: r[1], M15: r[2]} }
