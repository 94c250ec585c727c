package client

import (
	"context"
	"fmt"

	"bcp/broker/wire"
	"bcp/journal"
)

// askStatus makes a request that is answered with where a task stands; what names
// it, for the error.
func (c *Client) askStatus(ctx context.Context, what string, m wire.Message) (journal.Task, error) {
	status, err := request[*wire.Status](ctx, c, what, m)
	if err != nil {
		return journal.Task{}, err
	}
	return status.Task, nil
}

// request makes a request that is answered with one M; what names it, for the error. The
// session numbers the message, and keeps it.
func request[M wire.Message](ctx context.Context, c *Client, what string, m wire.Message) (given M, err error) {
	a := new(answer)
	err = c.give(ctx, c.asks, func(l *loop) { l.session.Ask(l.now(), m, a) })
	if err == nil {
		err = c.await(ctx, &a.given)
	}
	if err == nil {
		given, err = answerOf[M](a)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", what, err)
	}
	return given, err
}

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
		return m, got.Err()
	}
	return m, fmt.Errorf("the broker answers with %T", a.msg)
}

// give puts a call into a queue of the client's goroutine, once there is room for it, and
// unless the context is done already.
func (c *Client) give(ctx context.Context, queue chan<- call, what call) error {
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
