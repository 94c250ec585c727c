package wire

import (
	"slices"

	"bcp/journal"
)

// Add adds what became of a task. It counts the task unless it was refused.
func (m *Changed) Add(r ChangeRow) {
	m.Rows = append(m.Rows, r)
	if r.Code == 0 {
		m.Count(r.Before)
	}
}

// Count counts a task by the state that it was in. The counts are in the order of states.
func (m *Changed) Count(s journal.State) {
	i, found := slices.BinarySearchFunc(m.Counts, s, func(c ChangeCount, s journal.State) int { return int(c.State) - int(s) })
	if !found {
		m.Counts = slices.Insert(m.Counts, i, ChangeCount{State: s})
	}
	m.Counts[i].Tasks++
}
