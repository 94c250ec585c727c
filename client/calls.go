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

// SubmitAsync asks for a task and does not wait for the answer: Handle.Accepted
// does. It waits only while too many requests are on their way, so it is the
// call for submitting in bulk.
func (c *Client) SubmitAsync(ctx context.Context, t Task) (*Handle, error) {
	m, err := t.submit()
	if err != nil {
		return nil, fmt.Errorf("submit: %w", err)
	}
	h := newTaskHandle(c, &t)
	if err := c.hand(ctx, submission{msg: m, handle: h}); err != nil {
		return nil, fmt.Errorf("submit: %w", err)
	}
	return h, nil
}

// hand gives a submission to the client's goroutine, once there is room for it.
func (c *Client) hand(ctx context.Context, s submission) error { return give(ctx, c, c.submits, s) }

// give puts something into a queue of the client's goroutine, once there is room for it,
// and unless the context is done already.
func give[T any](ctx context.Context, c *Client, queue chan<- T, what T) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case queue <- what:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.closed:
		return c.err
	}
}

// Wait waits for the end of a task, whoever submitted it. The error is a
// *TaskError if it did not end well. It is a *wire.Error if there is no such task
// (wire.CodeUnknownTask), or if it ended so long ago that the broker has
// forgotten how (wire.CodeGone, where that is known), or if its result is damaged in the
// broker's journal (wire.CodeDamaged). A broker that is waited at for very
// many members of arrays that have not started is asked again until they have.
func (c *Client) Wait(ctx context.Context, id journal.ID) (Result, error) {
	h := newHandle(c)
	h.accept(id, true)
	wait := func(l *loop) {
		if ctx.Err() == nil { // it may have been given up in the queue
			l.session.Wait(id, h)
		}
	}
	if err := c.do(ctx, wait); err != nil {
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
	return c.cancel(ctx, &wire.Cancel{Task: id, By: c.name, Text: reason})
}

// CancelKey is Cancel for the task that was last submitted under a key.
func (c *Client) CancelKey(ctx context.Context, key, reason string) (journal.Task, error) {
	return c.cancel(ctx, &wire.Cancel{Key: key, By: c.name, Text: reason})
}

// Query asks where a task stands.
func (c *Client) Query(ctx context.Context, id journal.ID) (journal.Task, error) {
	return c.query(ctx, &wire.Query{Task: id})
}

// QueryKey asks where the task stands that was last submitted under a key.
func (c *Client) QueryKey(ctx context.Context, key string) (journal.Task, error) {
	return c.query(ctx, &wire.Query{Key: key})
}

func (c *Client) cancel(ctx context.Context, m *wire.Cancel) (journal.Task, error) {
	return c.askStatus(ctx, "cancel", func(l *loop, a *answer) error { return l.session.Cancel(l.now(), m, a) })
}

func (c *Client) query(ctx context.Context, m *wire.Query) (journal.Task, error) {
	return c.askStatus(ctx, "query", func(l *loop, a *answer) error { return l.session.Query(l.now(), m, a) })
}

// askStatus makes a request that is answered with where a task stands; what names
// it, for the error.
func (c *Client) askStatus(ctx context.Context, what string, ask func(*loop, *answer) error) (journal.Task, error) {
	status, err := request[*wire.Status](ctx, c, what, ask)
	if err != nil {
		return journal.Task{}, err
	}
	return status.Task, nil
}

// request makes a request that is answered with one M; what names it, for the error.
func request[M wire.Message](ctx context.Context, c *Client, what string, ask func(*loop, *answer) error) (m M, err error) {
	a := new(answer)
	err = c.do(ctx, func(l *loop) { l.check(ask(l, a)) })
	if err == nil {
		err = c.await(ctx, &a.given)
	}
	if err == nil {
		m, err = answerOf[M](a)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", what, err)
	}
	return m, err
}

// do hands a call to the client's goroutine.
func (c *Client) do(ctx context.Context, call ask) error { return give(ctx, c, c.asks, call) }

// answer is what the broker says to a request.
type answer struct {
	given event
	msg   wire.Message
}

func (a *answer) take(m wire.Message) {
	a.msg = m
	a.given.happen()
}

// answerOf returns the message that a request is answered with, or the refusal.
func answerOf[M wire.Message](a *answer) (m M, err error) {
	switch got := a.msg.(type) {
	case M:
		return got, nil
	case *wire.Refuse:
		return m, refusal(got)
	}
	return m, fmt.Errorf("the broker answers with %T", a.msg)
}
