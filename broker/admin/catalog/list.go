package catalog

import (
	"context"
	"slices"
	"strings"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// List calls fn with the tasks that l asks for, in the order that it asks for. It returns the
// end of the list, which says whether the limit has cut it. It stops at fn's first error and
// returns it.
func (c Catalog) List(ctx context.Context, l api.List, fn func(*journal.Task) error) (api.End, error) {
	s, err := c.search(ctx, l)
	if err != nil {
		return api.End{}, err
	}
	key, falling, err := l.Order()
	if err != nil {
		return api.End{}, err
	}
	if key != api.Sorts[0] {
		return s.sorted(comparison(key, falling), fn)
	}
	return s.ordered(falling, fn)
}

// ordered lists in the journal's own order, from a cursor.
func (s *search) ordered(falling bool, fn func(*journal.Task) error) (end api.End, err error) {
	var last journal.ID
	err = s.each(falling, func(t *journal.Task) (bool, error) {
		if s.list.Limit > 0 && end.Items == s.list.Limit {
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
func (s *search) sorted(order func(a, b journal.Task) int, fn func(*journal.Task) error) (end api.End, err error) {
	if s.list.Limit > api.SortMax || s.list.Cursor != "" {
		return end, api.Errorf(api.CodeBadRequest, "sort %q: a limit up to %d and no cursor are accepted with it", s.list.Sort, api.SortMax)
	}
	tasks, more, damage := s.first(order)
	if !journal.Passable(damage) {
		return end, damage
	}
	for i := range tasks {
		if err := fn(&tasks[i]); err != nil {
			return end, err
		}
	}
	return api.End{Items: len(tasks), More: more}, damage
}

// first returns as many as the limit of any number of tasks in an order, and
// whether there are more, or all of at most api.SortMax.
func (s *search) first(order func(a, b journal.Task) int) (tasks []journal.Task, more bool, err error) {
	limit := s.list.Limit
	cut := func() {
		slices.SortStableFunc(tasks, order)
		if limit > 0 && len(tasks) > limit {
			tasks, more = tasks[:limit], true
		}
	}
	err = s.each(false, func(t *journal.Task) (bool, error) {
		if limit == 0 && len(tasks) == api.SortMax {
			return true, api.Errorf(api.CodeBadRequest, "sort %q: more than %d tasks match: give a limit or a narrower filter", s.list.Sort, api.SortMax)
		}
		if tasks = append(tasks, *t); limit > 0 && len(tasks) == 2*limit {
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
