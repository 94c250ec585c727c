package catalog

import (
	"context"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// Count returns how many tasks of a list are in each state, in the order of a task's life.
// States without tasks are left out.
func (c Catalog) Count(ctx context.Context, l api.List) ([]api.StateCount, error) {
	s, err := c.search(ctx, l)
	if err != nil {
		return nil, err
	}
	tasks := map[journal.State]int{}
	err = s.each(false, func(t *journal.Task) (bool, error) {
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
