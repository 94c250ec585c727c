package client

import (
	"context"
	"iter"

	"bcp/broker/wire"
	"bcp/journal"
)

// Find returns the tasks that a filter means, in the order of their submits. The filter is
// an expression such as "state=failed label.run=7 age<2h", as package journal/filter reads
// it; "" means all tasks that have not ended.
//
// The tasks are fetched a page at a time, each as the journal has it then, with all that
// was asked for except its command. Tasks that are submitted after the first page are left
// out. So are members of an array that have not started: the array's Tally tells how many
// they are, and Members lists them. An error is the last thing that is yielded: a
// *wire.Error for a filter that the broker doesn't accept.
func (c *Client) Find(ctx context.Context, filter string) iter.Seq2[journal.Task, error] {
	return func(yield func(journal.Task, error) bool) {
		err := c.pages(ctx, &wire.Find{Filter: filter}, func(page *wire.Found) bool {
			for _, t := range page.Tasks {
				if !yield(t, nil) {
					return false
				}
			}
			return true
		})
		if err != nil {
			yield(journal.Task{}, err)
		}
	}
}

// Count returns how many tasks a filter means, see Find.
func (c *Client) Count(ctx context.Context, filter string) (int, error) {
	count := 0
	err := c.pages(ctx, &wire.Find{Filter: filter, Count: true}, func(page *wire.Found) bool {
		count += int(page.Count)
		return true
	})
	return count, err
}

// pages fetches page after page until fn has enough.
func (c *Client) pages(ctx context.Context, ask *wire.Find, fn func(*wire.Found) bool) error {
	for {
		next := *ask // the session numbers it, and keeps it
		page, err := request[*wire.Found](ctx, c, "find", &next)
		if err != nil {
			return err
		}
		if !fn(page) || page.Cursor.IsZero() {
			return nil
		}
		if ask.After = page.Cursor; ask.Until.IsZero() {
			ask.Until = page.Last
		}
	}
}
