package catalog

import (
	"context"

	"bcp/journal"
)

// Oldest returns when the oldest of the tasks that wait for each of the targets was
// submitted, in Unix milliseconds; a target for which none waits is left out. It reads
// the tasks that have not ended in the order of their submits, until it has found one
// for each target: about 7 us for each task before that.
func (c Catalog) Oldest(ctx context.Context, targets []journal.Target) (map[journal.Target]int64, error) {
	missing := make(map[journal.Target]bool, len(targets))
	for _, t := range targets {
		missing[t] = true
	}
	oldest := make(map[journal.Target]int64, len(targets))
	if len(missing) == 0 {
		return oldest, nil
	}
	err := c.walk(journal.Range{Live: true}, func(e *journal.Entry) (bool, error) {
		if t := &e.Task; missing[t.Spec.Target] && waits(t) {
			delete(missing, t.Spec.Target)
			oldest[t.Spec.Target] = t.SubmittedMS
		}
		return len(missing) == 0, ctx.Err()
	})
	return oldest, err
}

// waits tells whether a task waits for a worker, or a member does that has no row yet.
func waits(t *journal.Task) bool {
	return t.State == journal.Pending || t.Tally != nil && t.Tally.Unstarted() > 0
}
