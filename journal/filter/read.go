package filter

import (
	"fmt"

	"github.com/oklog/ulid/v2"

	"bcp/journal"
)

// Limits of one Read, so that it does not take long, and its answer fits into one message.
const (
	FoundMax = 200    // tasks in the page
	SeenMax  = 20_000 // tasks that it looks at, in about 100 ms
	pageSize = 200    // tasks in one read transaction, about a millisecond
)

// Query asks for a page of the tasks that match a filter, in the order in which they were
// submitted.
type Query struct {
	Filter *Filter
	After  journal.ID               // Page.Cursor of the page before; zero for the first page
	Until  journal.ID               // tasks with higher IDs are left out, so that there is a last page; zero: none
	Limit  int                      // tasks in the page; 0 and all above FoundMax mean FoundMax
	Count  bool                     // only count them, without the limit
	Also   func(*journal.Task) bool // a further condition; nil: none
	NowMS  int64                    // the time up to which ages are counted, Unix milliseconds
}

// Page is what a Query has found. A page without a cursor is the last one. Any page may be
// empty, because a Read looks at SeenMax tasks at most.
type Page struct {
	Tasks  []journal.Task
	Count  int        // how many of the tasks that were looked at match
	Cursor journal.ID // Query.After of the next page; zero: there is none
}

// Read reads a page. A task that was submitted before the first page was read, and matches all
// the time, is in exactly one of the pages. Errors are those of the journal.
func Read(s journal.Scanner, q Query) (p Page, err error) {
	live, ended := q.Filter.Parts()
	r := journal.Range{Live: live, Ended: ended, EndedAs: q.Filter.endedAs(), After: q.from(), Limit: pageSize}
	for seen := 0; seen < SeenMax; {
		tasks, more, err := scan(s, r)
		if err != nil {
			return p, fmt.Errorf("scan the journal: %w", err)
		}
		for i := range tasks {
			r.After = tasks[i].ID
			if q.beyond(r.After) {
				return p, nil
			}
			if p.take(&q, &tasks[i]) {
				p.Cursor = r.After
				return p, nil
			}
		}
		if !more {
			return p, nil
		}
		seen += pageSize // also if many others were passed by
	}
	p.Cursor = r.After
	return p, nil
}

// take takes a task in if it matches, and tells whether the page is full.
func (p *Page) take(q *Query, t *journal.Task) (full bool) {
	if !q.Filter.Match(t, q.NowMS) || q.Also != nil && !q.Also(t) {
		return false
	}
	if p.Count++; q.Count {
		return false
	}
	p.Tasks = append(p.Tasks, *t)
	return len(p.Tasks) == FoundMax || len(p.Tasks) == q.Limit
}

// beyond tells whether a task is one of those that the query leaves out.
func (q *Query) beyond(id journal.ID) bool { return !q.Until.IsZero() && id.Compare(q.Until) > 0 }

// scan reads one page whole: nothing is done with it inside of the transaction.
func scan(s journal.Scanner, r journal.Range) (page []journal.Task, more bool, err error) {
	more, err = s.Scan(r, func(e journal.Entry) error {
		page = append(page, e.Task)
		return nil
	})
	return page, more, err
}

// from is the ID before the first that can match.
func (q *Query) from() journal.ID {
	if !q.After.IsZero() {
		return q.After
	}
	return Before(q.Filter.SinceMS(q.NowMS))
}

// Before returns the highest ID whose time is before ms, in Unix milliseconds; zero if there
// is none. Tasks that were submitted at ms or later have higher IDs. For IDs rise even when
// the clock is set back, so the time of an ID is never earlier than the submit of its task.
func Before(ms int64) (id journal.ID) {
	if ms > 0 && uint64(ms) <= ulid.MaxTime() {
		_ = id.SetTime(uint64(ms)) // fails only beyond MaxTime
	}
	return journal.Below(id)
}
