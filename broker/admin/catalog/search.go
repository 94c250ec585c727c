package catalog

import (
	"context"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"bcp/broker/admin/api"
	"bcp/journal"
	"bcp/journal/filter"
)

// search looks for the tasks that a list asks for. It gives up when its context does.
type search struct {
	Catalog
	ctx    context.Context
	list   api.List
	filter *filter.Filter
}

func (c Catalog) search(ctx context.Context, l api.List) (*search, error) {
	f, err := l.Compile()
	return &search{c, ctx, l, f}, err
}

// each calls fn for the tasks, or members of one of them, that the filter means.
func (s *search) each(falling bool, fn func(*journal.Task) (enough bool, err error)) error {
	r, err := s.span(falling)
	switch {
	case err != nil:
		return err
	case s.list.Array != "":
		return s.members(r, fn)
	}
	return s.tasks(r, fn)
}

// span returns the range that the list can lie in.
func (s *search) span(falling bool) (journal.Range, error) {
	live, ended := s.filter.Parts()
	r := journal.Range{Live: live, Ended: ended, Descending: falling}
	if cursor := s.list.Cursor; cursor != "" {
		id, err := ulid.ParseStrict(strings.ToUpper(cursor))
		if err != nil {
			return r, api.Errorf(api.CodeBadRequest, "cursor %q: the cursor of the list before is accepted", cursor)
		}
		r.After = id
		return r, nil
	}
	if !falling {
		r.After = filter.Before(s.filter.SinceMS(time.Now().UnixMilli()))
	}
	return r, nil
}

// tasks is each for the tasks of a range that were submitted before now.
func (s *search) tasks(r journal.Range, fn func(*journal.Task) (enough bool, err error)) error {
	last, nowMS := s.journal.Meta().Last, time.Now().UnixMilli()
	return s.walk(r, func(e *journal.Entry) (bool, error) {
		if err := s.ctx.Err(); err != nil {
			return true, err
		}
		if !r.Descending && !last.IsZero() && e.Task.ID.Compare(last) > 0 {
			return true, nil
		}
		if !s.filter.Match(&e.Task, nowMS) {
			return false, nil
		}
		return fn(&e.Task)
	})
}

// members is each for the members of a task, from that after r.After on: those with rows,
// and between them those that have none.
func (s *search) members(r journal.Range, fn func(*journal.Task) (enough bool, err error)) error {
	ref := s.list.Array
	e, err := s.Get(s.ctx, ref)
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
	return journal.Members(s.journal, &e.Task, from, func(t *journal.Task) (bool, error) {
		if err := s.ctx.Err(); err != nil || !s.filter.Match(t, nowMS) {
			return false, err
		}
		return fn(t)
	})
}
