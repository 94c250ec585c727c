package catalog

import (
	"context"

	"bcp/journal"
)

// oldestMax is how many tasks that have not ended are looked at for the oldest
// that wait: about a third of a second.
const oldestMax = 50_000

// Oldest returns when the oldest of the tasks that wait for each of the targets was
// submitted, in Unix milliseconds. A target is left out if none is among the first
// oldestMax tasks that have not ended.
func (c Catalog) Oldest(ctx context.Context, targets []journal.Target) (map[journal.Target]int64, error) {
	missing := make(map[journal.Target]bool, len(targets))
	for _, t := range targets {
		missing[t] = true
	}
	oldest, seen := make(map[journal.Target]int64, len(targets)), 0
	if len(missing) == 0 {
		return oldest, nil
	}
	err := c.walk(journal.Range{Live: true}, func(e *journal.Entry) (bool, error) {
		if t := &e.Task; t.State == journal.Pending && missing[t.Spec.Target] {
			delete(missing, t.Spec.Target)
			oldest[t.Spec.Target] = t.SubmittedMS
		}
		seen++
		return len(missing) == 0 || seen == oldestMax, ctx.Err()
	})
	return oldest, err
}
