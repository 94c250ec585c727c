package broker

import "bcp/journal"

// aheadShown is how many tasks are told that go before one, and how many of other
// clients.
const aheadShown = 3

// Ahead is a task that goes before another one, or may.
type Ahead struct {
	Task     journal.ID
	Priority int32
	Client   string
}

func aheadOf(t *task) Ahead { return Ahead{t.ID, t.Spec.Priority, t.Spec.Client} }
