package client

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// Start tells that a worker runs the task.
type Start struct {
	Task    journal.ID
	Attempt uint32 // counted from 1
	Worker  string
}

// Progress is a worker's word on a task that it runs.
type Progress struct {
	Task     journal.ID
	Attempt  uint32
	Fraction float32 // 0 to 1, negative if unknown
	Text     string
	Pairs    map[string]string // small facts, such as a count of rows
}

func newProgress(m *wire.Progress) Progress {
	return Progress{Task: m.Task, Attempt: m.Attempt, Fraction: m.Fraction, Text: m.Text, Pairs: wire.PairMap(m.Pairs)}
}
