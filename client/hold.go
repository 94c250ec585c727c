package client

import (
	"context"

	"bcp/broker/wire"
	"bcp/journal"
)

// Hold puts a pending task aside: it is not dispatched until it is released.
// The reason is kept with it. It returns where the task stands. Holding one that
// is held changes nothing; one that is not pending is refused with
// wire.CodeNotAllowed.
func (c *Client) Hold(ctx context.Context, id journal.ID, reason string) (journal.Task, error) {
	return c.askStatus(ctx, "hold", &wire.Hold{Task: id, By: c.name, Text: reason})
}

// HoldKey is Hold for the task that was last submitted under a key.
func (c *Client) HoldKey(ctx context.Context, key, reason string) (journal.Task, error) {
	return c.askStatus(ctx, "hold", &wire.Hold{Key: key, By: c.name, Text: reason})
}

// Release lets a task go on that was put aside; the reason is kept with it. It
// returns where the task stands: dispatched, if a worker was free. Releasing one
// that is not held changes nothing and is no error.
func (c *Client) Release(ctx context.Context, id journal.ID, reason string) (journal.Task, error) {
	return c.askStatus(ctx, "release", &wire.Release{Task: id, By: c.name, Text: reason})
}

// ReleaseKey is Release for the task that was last submitted under a key.
func (c *Client) ReleaseKey(ctx context.Context, key, reason string) (journal.Task, error) {
	return c.askStatus(ctx, "release", &wire.Release{Key: key, By: c.name, Text: reason})
}
