package catalog

import (
	"context"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// Count tells how many tasks a list has, by state, in the order of a task's life;
// states that none has are left out.
func (c Catalog) Count(ctx context.Context, l api.List) ([]api.StateCount, error) {
	compiled, err := l.Compile()
	if err != nil {
		return nil, err
	}
	r, err := span(l, compiled, false)
	if err != nil {
		return nil, err
	}
	tasks := map[journal.State]int{}
	err = c.listed(ctx, l.Array, compiled, r, func(t *journal.Task) (bool, error) {
		tasks[t.State]++
		return false, nil
	})
	var counts []api.StateCount
	for _, s := range journal.States {
		if tasks[s] > 0 {
			counts = append(counts, api.StateCount{State: s.String(), Tasks: tasks[s]})
		}
	}
	return counts, err
}
