package view

// Limiting is a limit that keeps a pending task from being dispatched.
type Limiting struct {
	Limit   string  `json:"limit"`             // service/NAME, client/NAME or key/NAME; array-running, of the array that says so
	Out     int     `json:"out"`               // attempts that it counts
	Running int     `json:"running,omitempty"` // that may be out at a time; 0 if only the rate keeps the task
	Own     bool    `json:"own,omitempty"`     // it is the task that says so
	Rate    float64 `json:"rate,omitempty"`    // dispatches a second; 0 if the rate doesn't keep the task
	NextAt  Time    `json:"next_at,omitzero"`  // when the rate allows the next one
}
