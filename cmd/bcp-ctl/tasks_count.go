package main

import (
	"context"
	"io"
	"strconv"

	"bcp/broker/admin/api"
)

// countTasks prints how many tasks a list has, by state and in all.
func countTasks(ctx context.Context, g *globals, s source, l api.List, out io.Writer) error {
	counts, err := s.Count(ctx, l)
	if err != nil {
		return err
	}
	total := api.StateCount{State: "total"}
	p := newPrinter(g, out, countView())
	for _, n := range counts {
		total.Tasks += n.Tasks
		if err := p.add(n); err != nil {
			return err
		}
	}
	if err := p.add(total); err != nil {
		return err
	}
	return p.close()
}

func countView() view[api.StateCount] {
	return view[api.StateCount]{
		plural: "tasks",
		name:   func(c api.StateCount) string { return strconv.Itoa(c.Tasks) },
		columns: []column[api.StateCount]{
			{"STATE", nil, func(c api.StateCount) string { return c.State }},
			{"TASKS", nil, func(c api.StateCount) string { return strconv.Itoa(c.Tasks) }},
		},
	}
}
