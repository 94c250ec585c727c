package admin

import (
	"context"
	"errors"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/broker/answer"
	"bcp/broker/server"
	"bcp/broker/wire"
)

// request is the number of the one request of each Ask.
const request = 1

// ask sends m and returns its first answer that is an A. A refusal is an error.
func ask[A wire.Message](ctx context.Context, b Broker, m wire.Message) (answer A, err error) {
	err = b.Ask(ctx, m, func(got wire.Message) (bool, error) {
		switch got := got.(type) {
		case A:
			answer = got
			return true, nil
		case *wire.Refuse:
			return true, got.Err()
		}
		return false, nil
	})
	return answer, late(ctx, err)
}

// askNow is ask for what the broker answers with its next commit.
func askNow[A wire.Message](ctx context.Context, b Broker, m wire.Message) (A, error) {
	ctx, cancel := context.WithTimeout(ctx, answerMax)
	defer cancel()
	return ask[A](ctx, b, m)
}

// inspect looks into the loop, which answers soon or not at all.
func (h *handler) inspect(ctx context.Context, fn func(broker.Instant, *broker.Broker)) error {
	ctx, cancel := context.WithTimeout(ctx, answerMax)
	defer cancel()
	return late(ctx, h.broker.Inspect(ctx, fn))
}

// look is inspect for what package answer makes.
func (h *handler) look(ctx context.Context) answer.Look {
	return func(fn func(broker.Instant, *broker.Broker)) error { return h.inspect(ctx, fn) }
}

// late gives a deadline that has passed, and a broker that leaves or has failed,
// their codes.
func late(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, server.ErrStopped):
		return api.Errorf(api.CodeStopping, "the broker is shutting down")
	case errors.Is(err, server.ErrFailed):
		return api.Errorf(api.CodeFailed, "%v", err)
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return api.Errorf(api.CodeTimeout, "the broker did not answer in time")
	}
	return err
}
