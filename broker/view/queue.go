package view

// Queue is what waits and runs for a service, at a worker, or for any worker that will do:
// GET /v1/queues. A broadcast's members are for its service, or for any worker.
type Queue struct {
	Kind    string `json:"kind"`    // service, worker or any
	Name    string `json:"name"`    // "" for any
	Workers int    `json:"workers"` // live ones that serve it, whatever tasks ask for besides; of a worker 1 if it is live
	Waiting int    `json:"waiting"` // pending tasks that were submitted to it
	Running int    `json:"running"` // attempts that are out: of its tasks, or at the worker

	OldestAt Time `json:"oldest_at,omitzero"` // when the oldest of those that wait was submitted; left out if none waits
	// OldestAfter stands in its place where it was not found soon enough: the oldest was
	// submitted after that.
	OldestAfter Time   `json:"oldest_after,omitzero"`
	Submitted   *Rates `json:"submitted,omitempty"` // left out where too many queues are counted
	Ended       *Rates `json:"ended,omitempty"`

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
