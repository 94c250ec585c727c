package client

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"bcp/broker/zmtp"
	"bcp/client/session"
)

// ErrClosed tells that the client was closed before the answer came.
var ErrClosed = errors.New("client is closed")

// callsQueue is how many calls wait for the client's goroutine in each queue,
// and how many it takes in one turn: enough to make one batch of them.
const callsQueue = 256

// Client is a session with a broker. It may be used by many goroutines.
type Client struct {
	name    string
	trouble func() error // why there is no connection
	submits chan call    // of one task or a batch
	asks    chan call    // of all else
	forgets chan call    // taken at any time

	closing   chan struct{} // Close was called
	closeOnce sync.Once
	welcome   chan error    // the broker's answer to the first Hello
	closed    chan struct{} // the client's goroutine has ended
	err       error         // why; to be read when closed is
}

// call is what a caller has the client's goroutine do.
type call func(*loop)

// Dial opens a session with the broker at the address, tcp://HOST:PORT or ipc://PATH, and
// waits for the broker to welcome it. If the context ends before, the error has its cause
// and says why there is no connection, or that somebody is there who does not answer; with
// one that is done already nobody is dialed. A broker that does not take the client refuses
// it with a *wire.Error. If an admin API is at the address, the error tells so at once.
// ErrInsecure is returned if the address is not on this machine and the option Insecure was
// not given.
func Dial(ctx context.Context, address string, opts ...Option) (*Client, error) {
	c, err := start(ctx, address, opts)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", address, err)
	}
	select {
	case err = <-c.welcome:
	case <-c.closed:
		err = c.err
	case <-ctx.Done():
		err = c.unanswered(context.Cause(ctx))
	}
	if err != nil {
		_ = c.Close() // it may only repeat the error
		return nil, fmt.Errorf("dial %s: %w", address, err)
	}
	return c, nil
}

// unanswered tells what is known of a broker that has not welcomed the client in time.
func (c *Client) unanswered(cause error) error {
	if why := c.trouble(); why != nil {
		return fmt.Errorf("%w, and there is no connection: %w", cause, why)
	}
	return fmt.Errorf("%w: there is a connection, but no answer: is it a BCP broker?", cause)
}

// start makes a client and its goroutine, unless the context is done.
func start(ctx context.Context, address string, opts []Option) (*Client, error) {
	o, err := newOptions(address, opts)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	dealer, err := zmtp.NewDealer(address)
	if err != nil {
		return nil, err
	}
	c := &Client{
		name:    o.session.Name,
		trouble: dealer.Trouble,
		submits: make(chan call, callsQueue),
		asks:    make(chan call, callsQueue),
		forgets: make(chan call),
		closing: make(chan struct{}),
		welcome: make(chan error, 1),
		closed:  make(chan struct{}),
	}
	l := newLoop(c, dealer, session.New(o.session), o.log)
	go l.run()
	return c, nil
}

// Session returns the session's name.
func (c *Client) Session() string { return c.name }

// Close tells the broker that the client goes away, if there is a connection, and ends its
// goroutine. Calls that wait return ErrClosed; the tasks go on. The error is that of an earlier
// failure, if there was one.
func (c *Client) Close() error {
	c.closeOnce.Do(func() { close(c.closing) })
	<-c.closed
	if errors.Is(c.err, ErrClosed) {
		return nil
	}
	return c.err
}

// await waits for an event. What has happened is told even if the client is closed
// meanwhile.
func (c *Client) await(ctx context.Context, e *event) error {
	if e.has() {
		return nil
	}
	select {
	case <-e.done():
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.closed:
	}
	if e.has() {
		return nil
	}
	return c.err
}
