package catalog

import (
	"context"

	"bcp/journal"
)

// Members calls fn with the members of an array or a broadcast that have rows of their own in
// the journal, in order of their indexes. It stops at fn's first error and returns it.
func (c Catalog) Members(ctx context.Context, whole *journal.Task, fn func(*journal.Task) error) error {
	if whole.Tally == nil {
		return nil
	}
	r := journal.Range{Live: true, Ended: true, After: whole.ID}
	return c.walk(r, func(e *journal.Entry) (bool, error) {
		if _, ok := whole.Position(e.Task.ID); !ok {
			return true, nil
		}
		if err := ctx.Err(); err != nil {
			return true, err
		}
		return false, fn(&e.Task)
	})
}
