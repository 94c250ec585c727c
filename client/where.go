package client

import (
	"context"
	"fmt"

	"bcp/broker/wire"
	"bcp/journal"
)

// Where stands for all tasks that a filter means, so that they can be changed together:
//
//	old := c.Where("service=hash age>2h")
//	n, err := old.DryRun().Cancel(ctx, "")       // how many would it be?
//	n, err = old.Cancel(ctx, "not needed any more")
//
// A change takes those of the tasks with which something can be done: Hold takes pending
// ones that are not held; Retry takes those that have ended, whose tries are used up, or
// that wait for their next try. Tasks that are submitted after the change has begun are left
// out. Each task is changed as by the method of Client with the same name, if the filter
// still means it by then; who asked and why is kept in its history. The tasks are changed a
// hundred at a time, each hundred in one commit, so that others are served meanwhile.
//
// A change that is interrupted has been done to some of the tasks. Ask for it again: it does
// what is left, and nothing twice. For Retry of tasks that have ended, that needs Keys.
type Where struct {
	client *Client
	filter string
	all    bool // in the place of the filter
	keys   string
	dryRun bool
	each   func(Changed)
}

// Changed is what became of one task, or would.
type Changed struct {
	Task      journal.ID
	Before    journal.State // 0 if there is no such task any more
	WasHeld   bool
	After     journal.State
	Held      bool
	Changes   []string   // of Edit and Move: what is changed, such as "priority 0 -> 10"; none if it is so already
	RetriedAs journal.ID // of Retry: the task that was made of one that has ended
	Err       error      // why it was not changed: a *wire.Error; nil if it was, or is so already
}

// Summary is what became of all of them, or would.
type Summary struct {
	Tasks   int                   // that were changed, or are so already
	Refused int                   // that could not be changed: see Each
	States  map[journal.State]int // the Tasks, by the state that they were in
}

// Where returns all tasks that a filter means, which is an expression as of Find. A mistake
// in it is told by the change: a *wire.Error that names the term and what is accepted. An
// empty filter is refused; use All for every task.
func (c *Client) Where(filter string) Where { return Where{client: c, filter: filter} }

// All returns every task that has not ended.
func (c *Client) All() Where { return Where{client: c, all: true} }

// DryRun returns the same tasks for a change that changes nothing, and only tells what
// would become of them. Without Each they are only counted.
func (w Where) DryRun() Where {
	w.dryRun = true
	return w
}

// Each returns the same tasks for a change that tells fn what became of each, in the order
// of their submits.
func (w Where) Each(fn func(Changed)) Where {
	w.each = fn
	return w
}

// Keys returns the same tasks for a Retry that makes each new task under a key of your own:
// the prefix, a slash, and the ID of the task that it tries again. When that Retry is asked
// for again, also by another run of your program, it makes no second tasks. A prefix has at
// most wire.MaxNewKeys bytes.
func (w Where) Keys(prefix string) Where {
	w.keys = prefix
	return w
}

// Cancel asks for the end of all of them, see Client.Cancel.
func (w Where) Cancel(ctx context.Context, reason string) (Summary, error) {
	return w.change(ctx, &wire.Change{Do: wire.ChangeCancel, Text: reason})
}

// Hold puts all of them aside, see Client.Hold.
func (w Where) Hold(ctx context.Context, reason string) (Summary, error) {
	return w.change(ctx, &wire.Change{Do: wire.ChangeHold, Text: reason})
}

// Release lets all of them go on, see Client.Release.
func (w Where) Release(ctx context.Context, reason string) (Summary, error) {
	return w.change(ctx, &wire.Change{Do: wire.ChangeRelease, Text: reason})
}

// Edit changes what was asked for with all of them, see Client.Edit; its Reason is the
// reason. A delay counts anew for each time that a task is edited.
func (w Where) Edit(ctx context.Context, e Edit) (Summary, error) {
	var one wire.Edit
	if err := e.fill(&one); err != nil {
		return Summary{}, fmt.Errorf("edit: %w", err)
	}
	return w.change(ctx, &wire.Change{Do: wire.ChangeEdit, Text: e.Reason, Target: one.Target, Options: one.Options, Spec: one.Spec})
}

// Move gives all of them to another worker or service, see Client.Move.
func (w Where) Move(ctx context.Context, to journal.Target, reason string) (Summary, error) {
	if to.Kind == 0 {
		return Summary{}, errNoMove
	}
	return w.change(ctx, &wire.Change{Do: wire.ChangeMove, Text: reason, Target: to})
}

// Retry tries all of them again, see Client.Retry and Keys.
func (w Where) Retry(ctx context.Context, reason string) (Summary, error) {
	return w.change(ctx, &wire.Change{Do: wire.ChangeRetry, Text: reason})
}

// Drop gives all of them up, see Client.Drop.
func (w Where) Drop(ctx context.Context, reason string) (Summary, error) {
	return w.change(ctx, &wire.Change{Do: wire.ChangeDrop, Text: reason})
}

// change asks for page after page of the tasks, and does it with each page.
func (w Where) change(ctx context.Context, m *wire.Change) (s Summary, err error) {
	m.Filter, m.All, m.By, m.NewKeys, s.States = w.filter, w.all, w.client.name, w.keys, map[journal.State]int{}
	for {
		next := *m
		next.Count = w.dryRun && w.each == nil
		page, err := w.ask(ctx, &next)
		if err != nil {
			return s, err
		}
		done := page
		if !w.dryRun && len(page.Rows) > 0 {
			if done, err = w.do(ctx, m, page.Rows); err != nil {
				return s, err
			}
		}
		s.add(done, w.each)
		if page.Cursor.IsZero() {
			return s, nil
		}
		if m.After = page.Cursor; m.Until.IsZero() {
			m.Until = page.Last
		}
	}
}

// do does it with the tasks of a page.
func (w Where) do(ctx context.Context, m *wire.Change, rows []wire.ChangeRow) (*wire.Changed, error) {
	deed := *m
	deed.All, deed.After, deed.Until = false, journal.ID{}, journal.ID{}
	for i := range rows {
		deed.Tasks = append(deed.Tasks, rows[i].Task)
	}
	return w.ask(ctx, &deed)
}

func (w Where) ask(ctx context.Context, m *wire.Change) (*wire.Changed, error) {
	return request[*wire.Changed](ctx, w.client, m.Do.String(), m)
}

// add takes in what became of a page of tasks.
func (s *Summary) add(page *wire.Changed, each func(Changed)) {
	for _, n := range page.Counts {
		s.States[n.State] += int(n.Tasks)
		s.Tasks += int(n.Tasks)
	}
	for i := range page.Rows {
		r := &page.Rows[i]
		c := Changed{r.Task, r.Before, r.WasHeld, r.After, r.Held, r.Changes, r.RetriedAs, nil}
		if r.Code != 0 {
			s.Refused++
			c.Err = &wire.Error{Code: r.Code, Text: r.Text}
		}
		if each != nil {
			each(c)
		}
	}
}
