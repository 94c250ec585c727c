package catalog

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"bcp/broker/admin/api"
	"bcp/journal"
	"bcp/journal/filter"
)

// List calls fn for the tasks that l asks for, in its order. It returns the
// list's end, which tells whether the limit cut it. It stops at fn's first error
// and returns it.
func (c Catalog) List(ctx context.Context, l api.List, fn func(*journal.Task) error) (api.End, error) {
	f, err := l.Compile()
	if err != nil {
		return api.End{}, err
	}
	key, falling, err := l.Order()
	if err != nil {
		return api.End{}, err
	}
	if key != api.Sorts[0] {
		return c.sorted(ctx, l, f, key, falling, fn)
	}
	return c.ordered(ctx, l, f, falling, fn)
}

// ordered lists in the journal's own order, from a cursor.
func (c Catalog) ordered(ctx context.Context, l api.List, f *filter.Filter, falling bool, fn func(*journal.Task) error) (end api.End, err error) {
	r, err := span(l, f, falling)
	if err != nil {
		return end, err
	}
	var last journal.ID
	err = c.listed(ctx, l.Array, f, r, func(t *journal.Task) (bool, error) {
		if l.Limit > 0 && end.Items == l.Limit {
			end.More, end.Cursor = true, last.String()
			return true, nil
		}
		end.Items++
		last = t.ID
		return false, fn(t)
	})
	return end, err
}

// sorted lists in another order, which it makes in memory.
func (c Catalog) sorted(ctx context.Context, l api.List, f *filter.Filter, key string, falling bool, fn func(*journal.Task) error) (end api.End, err error) {
	if l.Limit > api.SortMax || l.Cursor != "" {
		return end, api.Errorf(api.CodeBadRequest, "sort %q: a limit up to %d and no cursor are accepted with it", l.Sort, api.SortMax)
	}
	tasks, more, err := c.first(ctx, l, f, comparison(key, falling))
	if err != nil {
		return end, err
	}
	for i := range tasks {
		if err := fn(&tasks[i]); err != nil {
			return end, err
		}
	}
	return api.End{Items: len(tasks), More: more}, nil
}

// first returns the first l.Limit of any number of tasks in an order, and
// whether there are more, or all of at most api.SortMax.
func (c Catalog) first(ctx context.Context, l api.List, f *filter.Filter, order func(a, b journal.Task) int) (tasks []journal.Task, more bool, err error) {
	r, err := span(l, f, false)
	if err != nil {
		return nil, false, err
	}
	cut := func() {
		slices.SortStableFunc(tasks, order)
		if l.Limit > 0 && len(tasks) > l.Limit {
			tasks, more = tasks[:l.Limit], true
		}
	}
	err = c.listed(ctx, l.Array, f, r, func(t *journal.Task) (bool, error) {
		if l.Limit == 0 && len(tasks) == api.SortMax {
			return true, api.Errorf(api.CodeBadRequest, "sort %q: more than %d tasks match: give a limit or a narrower filter", l.Sort, api.SortMax)
		}
		if tasks = append(tasks, *t); l.Limit > 0 && len(tasks) == 2*l.Limit {
			cut()
		}
		return false, nil
	})
	cut()
	return tasks, more, err
}

// comparison orders tasks by a key of api.Sorts.
func comparison(key string, falling bool) func(a, b journal.Task) int {
	by := map[string]func(a, b *journal.Task) int{
		"started": func(a, b *journal.Task) int { return int(a.StartedMS - b.StartedMS) },
		"ended":   func(a, b *journal.Task) int { return int(a.EndedMS - b.EndedMS) },
		"state":   func(a, b *journal.Task) int { return int(a.State) - int(b.State) },
		"worker":  func(a, b *journal.Task) int { return strings.Compare(a.Worker, b.Worker) },
	}[key]
	return func(a, b journal.Task) int {
		if falling {
			return by(&b, &a)
		}
		return by(&a, &b)
	}
}

// listed is matching for the tasks of the journal, or for the members of one of them.
func (c Catalog) listed(ctx context.Context, of string, f *filter.Filter, r journal.Range, fn func(*journal.Task) (enough bool, err error)) error {
	if of == "" {
		return c.matching(ctx, f, r, fn)
	}
	return c.membersMatching(ctx, of, f, r, fn)
}

// matching calls fn for the tasks of a range that f means and that were
// submitted before now. It gives up when ctx does.
func (c Catalog) matching(ctx context.Context, f *filter.Filter, r journal.Range, fn func(*journal.Task) (enough bool, err error)) error {
	last, nowMS := c.journal.Meta().Last, time.Now().UnixMilli()
	return c.walk(r, func(e *journal.Entry) (bool, error) {
		if err := ctx.Err(); err != nil {
			return true, err
		}
		if !r.Descending && !last.IsZero() && e.Task.ID.Compare(last) > 0 {
			return true, nil
		}
		if !f.Match(&e.Task, nowMS) {
			return false, nil
		}
		return fn(&e.Task)
	})
}

// span returns the range that a list can lie in.
func span(l api.List, f *filter.Filter, falling bool) (journal.Range, error) {
	live, ended := f.Parts()
	r := journal.Range{Live: live, Ended: ended, Descending: falling}
	if l.Cursor != "" {
		id, err := ulid.ParseStrict(strings.ToUpper(l.Cursor))
		if err != nil {
			return r, api.Errorf(api.CodeBadRequest, "cursor %q: the cursor of the list before is accepted", l.Cursor)
		}
		r.After = id
		return r, nil
	}
	if !falling {
		r.After = filter.Before(f.SinceMS(time.Now().UnixMilli()))
	}
	return r, nil
}
