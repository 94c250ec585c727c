package main

import (
	"context"
	"io"
	"strconv"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// stateCount is how many tasks are in a state.
type stateCount struct {
	State string `json:"state"` // total for those of all states
	Tasks int    `json:"tasks"`
}

// countTasks prints how many tasks a list has, by state.
func countTasks(ctx context.Context, g *globals, s source, l api.List, out io.Writer) error {
	counts, total := map[string]int{}, 0
	_, err := s.Tasks(ctx, l, func(t api.Task) error {
		counts[t.State]++
		total++
		return nil
	})
	if err != nil {
		return err
	}
	p := newPrinter(g, out, countView())
	for _, state := range journal.States {
		if n := counts[state.String()]; n > 0 {
			if err := p.add(stateCount{state.String(), n}); err != nil {
				return err
			}
		}
	}
	if err := p.add(stateCount{"total", total}); err != nil {
		return err
	}
	return p.close()
}

func countView() view[stateCount] {
	return view[stateCount]{
		plural: "tasks",
		name:   func(c stateCount) string { return strconv.Itoa(c.Tasks) },
		columns: []column[stateCount]{
			{"STATE", nil, func(c stateCount) string { return c.State }},
			{"TASKS", nil, func(c stateCount) string { return strconv.Itoa(c.Tasks) }},
		},
	}
}
