package main

import (
	"context"
	"strconv"

	"bcp/broker/admin/api"
)

// countTasks prints how many tasks a list has, by state and in all, and returns that.
func countTasks(ctx context.Context, g *globals, s source, l api.List, std stdio) (all int, err error) {
	counts, err := s.Count(ctx, api.List{Filter: l.Filter, Array: l.Array})
	if err != nil {
		return 0, err
	}
	total := api.StateCount{State: "total"}
	p := newPrinter(g, std.out, countView())
	for _, n := range counts {
		total.Tasks += n.Tasks
		if err := p.add(n); err != nil {
			return 0, err
		}
	}
	if err := p.add(total); err != nil {
		return 0, err
	}
	return total.Tasks, p.close()
}

func countView() view[api.StateCount] {
	return view[api.StateCount]{
		name: func(c api.StateCount) string { return strconv.Itoa(c.Tasks) },
		columns: []column[api.StateCount]{
			{"STATE", nil, func(c api.StateCount) string { return c.State }},
			{"TASKS", nil, func(c api.StateCount) string { return strconv.Itoa(c.Tasks) }},
		},
	}
}
