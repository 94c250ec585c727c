package catalog

import (
	"context"
	"time"

	"bcp/broker/admin/api"
	"bcp/journal"
	"bcp/journal/filter"
)

// membersMatching calls fn for the members of a task that f means, from that after
// r.After on: those with rows, and between them those that have none.
func (c Catalog) membersMatching(ctx context.Context, ref string, f *filter.Filter, r journal.Range, fn func(*journal.Task) (enough bool, err error)) error {
	e, err := c.Get(ref)
	switch {
	case err != nil:
		return err
	case e.Task.Tally == nil:
		return api.Errorf(api.CodeBadRequest, "array %q: an array or a broadcast is accepted, and task %s has no members", ref, e.Task.ID)
	case r.Descending:
		return api.Errorf(api.CodeBadRequest, "sort -submitted: not accepted with array")
	}
	from, nowMS := uint32(0), time.Now().UnixMilli()
	if last, ok := e.Task.Position(r.After); ok {
		from = last + 1
	}
	return journal.Members(c.journal, &e.Task, from, func(t *journal.Task) (bool, error) {
		if err := ctx.Err(); err != nil || !f.Match(t, nowMS) {
			return false, err
		}
		return fn(t)
	})
}
