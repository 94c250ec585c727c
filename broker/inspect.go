package broker

import (
	"time"

	"bcp/journal"
)

// WorkerInfo is what the broker knows of a worker. Volatile.
type WorkerInfo struct {
	Name     string
	Dialect  string // BCP/1 or BCP/2
	Services []string
	Slots    int
	Busy     int
	Live     bool // heard from in time
	Draining bool
	Heard    time.Duration // ago
	Since    time.Duration // registered ago
	Tasks    []journal.ID  // attempts it has, in order
}

// Stats are the core's counters.
type Stats struct {
	Pending, Dispatched, Running, Canceling int    // tasks that have not ended
	Workers, Away, Sessions                 int    // live workers, those awaited, clients
	Submitted, Done, Failed, Canceled       uint64 // since this start
	Attempts, Lost                          uint64
	Refused                                 uint64
}

// ProgressInfo is a running attempt's last word. Volatile.
type ProgressInfo struct {
	Fraction float32
	Text     string
}
