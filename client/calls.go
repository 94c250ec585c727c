package client

import (
	"context"
	"fmt"

	"bcp/broker/wire"
	"bcp/journal"
)

// Submit asks for a task and waits until it is in the broker's journal.
func (c *Client) Submit(ctx context.Context, t Task) (*Handle, error) {
	h, err := c.SubmitAsync(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := h.Accepted(ctx); err != nil {
		return nil, err
	}
	return h, nil
}

// SubmitAsync asks for a task and does not wait for the answer, for which Handle.Accepted
// does. It waits only while too many requests are on their way, so it is the call for
// submitting in bulk.
func (c *Client) SubmitAsync(ctx context.Context, t Task) (*Handle, error) {
	m, err := t.submit()
	if err != nil {
		return nil, fmt.Errorf("submit: %w", err)
	}
	h := newTaskHandle(c, &t)
	err = c.give(ctx, c.submits, func(l *loop) { l.session.Submit(l.now(), m, h) })
	if err != nil {
		return nil, fmt.Errorf("submit: %w", err)
	}
	return h, nil
}

// Wait waits for the end of a task, whoever submitted it. The error is a *TaskError if the
// task did not end well. It is a *wire.Error if there is no such task
// (wire.CodeUnknownTask), if the task ended so long ago that the broker has forgotten how
// (wire.CodeGone, where that is known), or if its result is damaged in the broker's journal
// (wire.CodeDamaged).
//
// A broker bounds how many members of arrays are waited for that have not started. Beyond
// that the client asks again until they have.
func (c *Client) Wait(ctx context.Context, id journal.ID) (Result, error) {
	h := newHandle(c)
	h.accept(id, true)
	wait := func(l *loop) {
		if ctx.Err() == nil { // it may have been given up in the queue
			l.session.Wait(id, h)
		}
	}
	if err := c.give(ctx, c.asks, wait); err != nil {
		return Result{}, fmt.Errorf("wait: %w", err)
	}
	result, err := h.Wait(ctx)
	if ctx.Err() != nil {
		c.forget(id, h)
	}
	return result, err
}

// forget spares the session a handle that nobody reads any more. It needs no
// room in the session, so it does not wait for any.
func (c *Client) forget(id journal.ID, h *Handle) {
	select {
	case c.forgets <- func(l *loop) { l.session.Forget(id, h) }:
	case <-c.closed:
	}
}

// Cancel asks for the end of a task; the reason is kept with it. It returns
// where the task stands: canceling, if a worker has it and must let go first.
// Cancelling a task that has ended changes nothing and is no error.
func (c *Client) Cancel(ctx context.Context, id journal.ID, reason string) (journal.Task, error) {
	return c.askStatus(ctx, "cancel", &wire.Cancel{Task: id, By: c.name, Text: reason})
}

// CancelKey is Cancel for the task that was last submitted under a key.
func (c *Client) CancelKey(ctx context.Context, key, reason string) (journal.Task, error) {
	return c.askStatus(ctx, "cancel", &wire.Cancel{Key: key, By: c.name, Text: reason})
}

// Query asks where a task stands. Of what was asked for with the task it returns the target
// and the key alone, as all calls do that tell where a task stands; Find returns all of it.
func (c *Client) Query(ctx context.Context, id journal.ID) (journal.Task, error) {
	return c.askStatus(ctx, "query", &wire.Query{Task: id})
}

// QueryKey is Query for the task that was last submitted under a key.
func (c *Client) QueryKey(ctx context.Context, key string) (journal.Task, error) {
	return c.askStatus(ctx, "query", &wire.Query{Key: key})
}
