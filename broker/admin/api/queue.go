package api

import (
	"time"

	"bcp/broker"
	"bcp/journal"
)

// Queue is what waits and runs for a service, at a worker, or for any worker that will
// do: GET /v1/queues.
type Queue struct {
	Kind    string `json:"kind"`    // service, worker or any
	Name    string `json:"name"`    // "" for any
	Workers int    `json:"workers"` // live ones that serve it, whatever tasks ask for besides; of a worker 1 if it is live
	Waiting int    `json:"waiting"` // pending tasks that were submitted to it
	Running int    `json:"running"` // attempts that are out: of its tasks, or at the worker

	OldestAt  Time   `json:"oldest_at,omitzero"`  // when the oldest of those that wait was submitted; left out if none waits
	Submitted *Rates `json:"submitted,omitempty"` // left out where too many queues are counted
	Ended     *Rates `json:"ended,omitempty"`

	// EmptyInMS is how long it takes until nothing waits, if tasks come and end as
	// they did in the last five minutes; left out if they don't end faster than they come.
	EmptyInMS *int64 `json:"empty_in_ms,omitempty"`
}

// Rates are tasks a second, of the last minutes, or since the broker's start.
type Rates struct {
	M1  float64 `json:"m1"`
	M5  float64 `json:"m5"`
	M15 float64 `json:"m15"`
}

// NewQueue returns the queue as the API shows it.
func NewQueue(q *broker.QueueInfo, oldestMS int64) Queue {
	target := newTarget(q.Target)
	v := Queue{
		Kind: target.Kind, Name: target.Name, Workers: q.Workers, Waiting: q.Waiting, Running: q.Running,
		OldestAt: Time(oldestMS),
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

func newRates(r [3]float64) *Rates { return &Rates{r[0], r[1], r[2]} }
