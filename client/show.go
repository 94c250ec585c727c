package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"bcp/broker/view"
	"bcp/broker/wire"
	"bcp/journal"
)

// Explain tells why a task is where it is: what it waits for, its place in the queue and
// who goes before it, each worker that could do it and why it doesn't. Its Reasons say what
// keeps the task and what would help. Of a task that has ended there is only the task,
// whose reason and text say why. The error is a *wire.Error: of wire.CodeUnknownTask or
// wire.CodeGone if there is no such task, of wire.CodeBusy if too much is asked for at a
// time.
func (c *Client) Explain(ctx context.Context, id journal.ID) (view.Explanation, error) {
	return c.explain(ctx, &wire.Show{What: wire.ShowExplanation, Task: id})
}

// ExplainKey is Explain for the task that was last submitted under a key.
func (c *Client) ExplainKey(ctx context.Context, key string) (view.Explanation, error) {
	return c.explain(ctx, &wire.Show{What: wire.ShowExplanation, Key: key})
}

func (c *Client) explain(ctx context.Context, m *wire.Show) (e view.Explanation, err error) {
	_, err = show(ctx, c, "explain", m, &e)
	return e, err
}

// History returns every step of a task's life that is in the journal, in order: its submit,
// each attempt with its worker and how that came out, who changed it and why, and its end.
// It is empty for a member of an array that has not started. Errors are those of Explain.
func (c *Client) History(ctx context.Context, id journal.ID) ([]view.HistoryEntry, error) {
	return all[view.HistoryEntry](ctx, c, "history", &wire.Show{What: wire.ShowHistory, Task: id})
}

// HistoryKey is History for the task that was last submitted under a key.
func (c *Client) HistoryKey(ctx context.Context, key string) ([]view.HistoryEntry, error) {
	return all[view.HistoryEntry](ctx, c, "history", &wire.Show{What: wire.ShowHistory, Key: key})
}

// Members lists the members of an array or a broadcast, by their positions, each as it
// stands when its page is fetched. Members that have not started are among them, pending
// and with no attempt; those that are forgotten are not. To list members by state or label
// use Find, which has only those that have started. An error is the last thing that is
// yielded: that of Explain, or a *wire.Error of wire.CodeNotAllowed for a task that has no
// members.
func (c *Client) Members(ctx context.Context, id journal.ID) iter.Seq2[view.Task, error] {
	return showAll[view.Task](ctx, c, "members", &wire.Show{What: wire.ShowMembers, Task: id})
}

// MembersKey is Members for the task that was last submitted under a key.
func (c *Client) MembersKey(ctx context.Context, key string) iter.Seq2[view.Task, error] {
	return showAll[view.Task](ctx, c, "members", &wire.Show{What: wire.ShowMembers, Key: key})
}

// QueueStats tells what waits and runs for each service and each worker: since when the
// oldest task waits, how many tasks a second came and ended in the last 1, 5 and 15
// minutes, and how long it will take until nothing waits. Tasks for any worker come first,
// then services, then workers, by name. They are fetched a page at a time. An error is the
// last thing that is yielded.
func (c *Client) QueueStats(ctx context.Context) iter.Seq2[view.Queue, error] {
	return showAll[view.Queue](ctx, c, "queue stats", &wire.Show{What: wire.ShowQueues})
}

// Workers lists the workers that the broker knows, by name, with what they have and do:
// those that are live, and those that are away but still have tasks. They are fetched a
// page at a time. An error is the last thing that is yielded.
func (c *Client) Workers(ctx context.Context) iter.Seq2[view.Worker, error] {
	return showAll[view.Worker](ctx, c, "workers", &wire.Show{What: wire.ShowWorkers})
}

// show asks for something and reads it into v; what names it, for the error. It returns
// the cursor of the next page.
func show(ctx context.Context, c *Client, what string, m *wire.Show, v any) (cursor string, err error) {
	next := *m // the session numbers it, and keeps it
	shown, err := request[*wire.Shown](ctx, c, what, &next)
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(shown.JSON, v); err != nil {
		return "", fmt.Errorf("%s: the broker answers with no such thing: %w", what, err)
	}
	return shown.Cursor, nil
}

// showAll fetches page after page of a list.
func showAll[T any](ctx context.Context, c *Client, what string, m *wire.Show) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for next := *m; ; {
			var page []T
			cursor, err := show(ctx, c, what, &next, &page)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
			}
			if cursor == "" {
				return
			}
			next.After = cursor
		}
	}
}

// all fetches the whole of a list.
func all[T any](ctx context.Context, c *Client, what string, m *wire.Show) (items []T, err error) {
	for item, err := range showAll[T](ctx, c, what, m) {
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}
