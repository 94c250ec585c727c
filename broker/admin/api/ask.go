package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Limits of a client.
const (
	errorMax  = 64 << 10         // bytes of an answer that is an error
	answerMax = 30 * time.Second // for what a broker answers at once, when it isn't stuck
	lookEvery = 5 * time.Second  // whether a broker that takes its time is stuck
)

// request is what is asked of a broker.
type request struct {
	method, path string
	body         any // as JSON, nil for none
}

func get(path string) request { return request{http.MethodGet, path, nil} }

func post(path string, body any) request { return request{http.MethodPost, path, body} }

// list calls fn for each item of a list.
func list[T any](ctx context.Context, c *Client, r request, fn func(T) error) (end End, err error) {
	err = c.attended(ctx, r, func(answer io.Reader) error {
		end, err = readLines(answer, fn)
		return err
	})
	return end, err
}

// attended has an answer read that may take its time. As long as it does, the broker is
// asked how it is: one that is there, but stuck, does not answer that either.
func (c *Client) attended(ctx context.Context, r request, read func(io.Reader) error) error {
	ctx, cancel := c.watched(ctx, r)
	defer cancel(nil)
	resp, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if err = read(resp.Body); err == nil {
		return nil
	}
	if cut := (*brokenOff)(nil); errors.As(err, &cut) {
		err = c.whyBrokenOff(ctx, cut)
	}
	return cmp.Or(context.Cause(ctx), err)
}

// whyBrokenOff tells a broker that went away in the middle of an answer from one that is there,
// and has cut off who read nothing for long, or could not read on itself.
func (c *Client) whyBrokenOff(ctx context.Context, cut *brokenOff) error {
	if c.askNow(ctx, get("/healthz"), new(Health)) != nil {
		return fmt.Errorf("%w at %s any more: %w", ErrNoBroker, c.address, Errorf(CodeIncomplete, "%s", cut.text))
	}
	return Errorf(CodeIncomplete, "%s; the broker is there, and its log says why: ask again", cut.text)
}

// watched returns a context that also ends when the broker is found to be stuck.
func (c *Client) watched(ctx context.Context, r request) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go c.attend(ctx, func() { cancel(c.stuck(r)) })
	return ctx, cancel
}

// attend looks at the broker now and then, until it is stuck or ctx ends.
func (c *Client) attend(ctx context.Context, stuck func()) {
	again := time.NewTicker(c.lookEvery)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
		var health Health
		if err := c.askNow(ctx, get("/healthz"), &health); errors.Is(err, errStuck) {
			stuck()
			return
		}
	}
}

// errStuck tells that a broker is there, and gives no answer.
var errStuck = errors.New("no answer")

func (c *Client) stuck(r request) error {
	err := fmt.Errorf("%w within %v", errStuck, c.answerMax)
	if r.method == http.MethodGet {
		return fmt.Errorf("%w at %s: %w", ErrNoBroker, c.address, err)
	}
	return fmt.Errorf("%w at %s: whether it does what it was asked is unknown: %w", ErrNoBroker, c.address, err)
}

// askNow is ask for what is answered at once: a broker that is there, but stuck, is given
// answerMax.
func (c *Client) askNow(ctx context.Context, r request, answer any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.answerMax, c.stuck(r))
	defer cancel()
	return c.ask(ctx, r, answer)
}

// askWatched is ask for what may take its time, as what waits for room does.
func (c *Client) askWatched(ctx context.Context, r request, answer any) error {
	ctx, cancel := c.watched(ctx, r)
	defer cancel(nil)
	return c.ask(ctx, r, answer)
}

// ask reads the answer to a request. One that breaks off is that of a broker that went away.
func (c *Client) ask(ctx context.Context, r request, answer any) error {
	resp, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return c.unreachable(resp.Request, err)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("read the broker's answer: %w", err)
	}
	return nil
}

// do sends a request and returns the answer if it is not an error.
func (c *Client) do(ctx context.Context, r request) (*http.Response, error) {
	req, err := r.http(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(req, err)
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	return nil, c.refusal(resp)
}

func (r request) http(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	// The host has no meaning on a unix socket; on loopback it is this machine.
	req, err := http.NewRequestWithContext(ctx, r.method, "http://localhost"+r.path, body)
	if err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// unreachable tells a broker that is not there, one that went away with the
// request in its hand, and a request that was given up from each other.
func (c *Client) unreachable(asked *http.Request, err error) error {
	if ctx := asked.Context(); ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, ErrZMTP) {
		return fmt.Errorf("%s: %w", c.address, ErrZMTP)
	}
	var cause *url.Error
	if errors.As(err, &cause) {
		err = cause.Err
	}
	var network *net.OpError
	switch {
	case errors.As(err, &network) && network.Op == "dial":
		return fmt.Errorf("%w at %s: %w", ErrNoBroker, c.address, err)
	case asked.Method == http.MethodGet:
		return fmt.Errorf("%w at %s any more: %w", ErrNoBroker, c.address, err)
	}
	return fmt.Errorf("%w at %s any more: whether it did what it was asked is unknown: %w", ErrNoBroker, c.address, err)
}

func (c *Client) refusal(resp *http.Response) error {
	var e Error
	text, err := io.ReadAll(io.LimitReader(resp.Body, errorMax))
	if err == nil && json.Unmarshal(text, &e) == nil && e.Code != "" {
		return &e
	}
	return Errorf(CodeInternal, "the answer at %s is %s and not the admin API's", c.address, resp.Status)
}
