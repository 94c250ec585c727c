// Package load is what the benchmark asks of its peers, whoever they are.
//
//	cell --Lone, Load--> Peers --tasks--> bcp-broker
//	     <----marks-----
package load

import (
	"context"
	"slices"
	"time"
)

// Service is what all workers of a benchmark serve.
const Service = "bench"

// Shape says how many peers there are, and what they send.
type Shape struct {
	Address     string // of the broker, tcp://HOST:PORT or ipc://PATH
	Workers     int
	Slots       int // of each worker
	Clients     int
	Outstanding int // tasks that the clients together keep in the broker
	BodySize    int // bytes
}

// Peers are a broker's clients and workers. The tasks do nothing. When the
// context is done a phase ends with an error, at the latest when the broker is gone.
type Peers interface {
	// Lone submits tasks one at a time for the duration and returns how long
	// each took from the submit to the arrival of its end.
	Lone(ctx context.Context, d time.Duration) ([]time.Duration, error)

	// Load keeps Shape.Outstanding tasks in the broker, for warm and then for d.
	// It calls mark, with the number of tasks that have ended so far, before and
	// after d.
	Load(ctx context.Context, warm, d time.Duration, mark func(ended int)) error

	// Idle lets the time pass: the peers do nothing but say that they live.
	Idle(ctx context.Context, d time.Duration) error

	// Close ends the peers.
	Close() error
}

// Percentile returns the value below which a share p, 0 to 1, of the values
// lies. It sorts them. It is 0 for no values.
func Percentile(values []time.Duration, p float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(p*float64(len(values))), len(values)-1)]
}
