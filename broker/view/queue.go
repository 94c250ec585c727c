package view

// Queue says how many tasks wait and run for a service, for one worker, or for any worker: GET
// /v1/queues. The members of a broadcast count for its service, or for any worker.
type Queue struct {
	Kind    string `json:"kind"`    // service, worker or any
	Name    string `json:"name"`    // "" for any
	Workers int    `json:"workers"` // live workers that serve it, whatever else tasks ask for; of a worker: 1 if it is live
	Waiting int    `json:"waiting"` // pending tasks that were submitted to it
	Running int    `json:"running"` // attempts of its tasks; of a worker: attempts that it has

	OldestAt Time `json:"oldest_at,omitzero"` // when the oldest of those that wait was submitted; left out if none waits
	// OldestAfter is there instead of OldestAt if the oldest task was not found soon enough:
	// it was submitted after this time.
	OldestAfter Time   `json:"oldest_after,omitzero"`
	Submitted   *Rates `json:"submitted,omitempty"` // left out where too many queues are counted
	Ended       *Rates `json:"ended,omitempty"`

	// EmptyInMS is how long it will take until nothing waits, if tasks come and end as they
	// did in the last five minutes. It is left out if they do not end faster than they come.
	EmptyInMS *int64 `json:"empty_in_ms,omitempty"`
}

// Rates are tasks a second in the last 1, 5 and 15 minutes, or since the broker's start if
// that was later.
type Rates struct {
	M1  float64 `json:"m1"`
	M5  float64 `json:"m5"`
	M15 float64 `json:"m15"`
}
