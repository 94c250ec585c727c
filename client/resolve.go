package client

import (
	"context"

	"bcp/broker/wire"
	"bcp/journal"
)

// Retry tries a task again. A task that was put aside because its tries were used up goes
// on, with all of them again; one that waits for its next try goes at once. Of a task that
// has ended another one is made, with the same body and options. The reason is kept with
// it. Retry returns the task that goes on, whose ID may be a new one. It is refused with
// wire.CodeNotAllowed for a task that goes on already, and with wire.CodeGone where the
// body of an ended task is not kept.
func (c *Client) Retry(ctx context.Context, id journal.ID, reason string) (journal.Task, error) {
	return c.askStatus(ctx, "retry", &wire.Resolve{Verb: wire.ResolveRetry, Task: id, By: c.name, Text: reason})
}

// RetryKey is Retry for the task that was last submitted under a key.
func (c *Client) RetryKey(ctx context.Context, key, reason string) (journal.Task, error) {
	return c.askStatus(ctx, "retry", &wire.Resolve{Verb: wire.ResolveRetry, Key: key, By: c.name, Text: reason})
}

// Drop ends a pending task with journal.ReasonDropped: as failed if it was put aside
// because its tries were used up, otherwise as canceled. A task that has ended stays as it
// is; one that a worker has is refused with wire.CodeNotAllowed.
func (c *Client) Drop(ctx context.Context, id journal.ID, reason string) (journal.Task, error) {
	return c.askStatus(ctx, "drop", &wire.Resolve{Verb: wire.ResolveDrop, Task: id, By: c.name, Text: reason})
}

// DropKey is Drop for the task that was last submitted under a key.
func (c *Client) DropKey(ctx context.Context, key, reason string) (journal.Task, error) {
	return c.askStatus(ctx, "drop", &wire.Resolve{Verb: wire.ResolveDrop, Key: key, By: c.name, Text: reason})
}
