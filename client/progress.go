package client

import (
	"strings"

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
	p := Progress{Task: m.Task, Attempt: m.Attempt, Fraction: m.Fraction, Text: m.Text, Pairs: make(map[string]string, len(m.Pairs))}
	for _, pair := range m.Pairs {
		name, value, _ := strings.Cut(pair, "=")
		p.Pairs[name] = value
	}
	return p
}
