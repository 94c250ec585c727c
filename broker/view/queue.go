package view

// Queue is what waits and runs for a service, at a worker, for any worker that will do, or
// as members of broadcasts: GET /v1/queues.
type Queue struct {
	Kind    string `json:"kind"`    // service, worker, any, or all for broadcasts
	Name    string `json:"name"`    // "" for any, and for broadcasts to no service
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
