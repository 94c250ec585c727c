package catalog

import (
	"context"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// Count tells how many tasks a filter means, by state, in the order of a task's
// life; states that none has are left out.
func (c Catalog) Count(ctx context.Context, f api.Filter) ([]api.StateCount, error) {
	compiled, err := f.Compile()
	if err != nil {
		return nil, err
	}
	r, err := span(api.List{Filter: f}, compiled, false)
	if err != nil {
		return nil, err
	}
	tasks := map[journal.State]int{}
	err = c.matching(ctx, compiled, r, func(t *journal.Task) (bool, error) {
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
