package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ErrNoBroker tells that nobody answers at the admin address.
var ErrNoBroker = errors.New("no broker")

// Limits of a client.
const (
	errorMax  = 64 << 10         // bytes of an answer that is an error
	answerMax = 30 * time.Second // for what a broker answers at once, when it isn't stuck
)

// Client asks a broker. It is safe for concurrent use. All its methods return
// an Error for what the broker refused and wrap ErrNoBroker when none answers.
type Client struct {
	address Address
	http    *http.Client
}

// NewClient makes a client for an address that ParseAddress accepts. Nothing
// is connected yet.
func NewClient(address string) (*Client, error) {
	a, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, a.Network, a.Addr)
		if err != nil {
			return nil, err
		}
		return RefuseZMTP(conn), nil
	}
	// No proxy: the address is this machine's own.
	transport := &http.Transport{DialContext: dial, DisableCompression: true}
	return &Client{address: a, http: &http.Client{Transport: transport}}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Status returns how the broker stands.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.getNow(ctx, "/v1/status", &s)
}

// Workers calls fn for every worker, by name.
func (c *Client) Workers(ctx context.Context, fn func(Worker) error) error {
	_, err := list(ctx, c, http.MethodGet, "/v1/workers", nil, fn)
	return err
}

// Queues calls fn for every service and worker that something waits or runs for.
func (c *Client) Queues(ctx context.Context, fn func(Queue) error) error {
	_, err := list(ctx, c, http.MethodGet, "/v1/queues", nil, fn)
	return err
}

// Worker returns one worker; CodeUnknownWorker if there is none.
func (c *Client) Worker(ctx context.Context, name string) (w Worker, err error) {
	return w, c.getNow(ctx, "/v1/workers/"+url.PathEscape(name), &w)
}

// Tasks calls fn for the tasks that l asks for, and returns the list's end.
func (c *Client) Tasks(ctx context.Context, l List, fn func(Task) error) (End, error) {
	return list(ctx, c, http.MethodGet, "/v1/tasks?"+l.Values().Encode(), nil, fn)
}

// Count tells how many tasks a filter means, by state.
func (c *Client) Count(ctx context.Context, l List) (counts []StateCount, err error) {
	_, err = list(ctx, c, http.MethodGet, "/v1/tasks/count?"+l.Values().Encode(), nil, func(n StateCount) error {
		counts = append(counts, n)
		return nil
	})
	return counts, err
}

// Task returns one task by its ID or a unique prefix or suffix of it;
// CodeUnknownTask or CodeAmbiguous otherwise.
func (c *Client) Task(ctx context.Context, ref string) (t Task, err error) {
	return t, c.getNow(ctx, taskPath(ref), &t)
}

// Members calls fn for the members of an array that have started and for those of a
// broadcast, in order of their indexes; for none of another task.
func (c *Client) Members(ctx context.Context, ref string, fn func(Task) error) error {
	_, err := list(ctx, c, http.MethodGet, taskPath(ref)+"/members", nil, fn)
	return err
}

// Explain tells why a task is where it is.
func (c *Client) Explain(ctx context.Context, ref string) (e Explanation, err error) {
	return e, c.getNow(ctx, taskPath(ref)+"/explain", &e)
}

// History returns every step of a task's life.
func (c *Client) History(ctx context.Context, ref string) (entries []HistoryEntry, err error) {
	_, err = list(ctx, c, http.MethodGet, taskPath(ref)+"/history", nil, func(e HistoryEntry) error {
		entries = append(entries, e)
		return nil
	})
	return entries, err
}

// Result copies the result of an ended task to w; CodeNotEnded if it has none yet.
func (c *Client) Result(ctx context.Context, ref string, w io.Writer) error {
	resp, err := c.do(ctx, http.MethodGet, taskPath(ref)+"/result", nil)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("copy the result: %w", err)
	}
	return nil
}

// Wait returns the task once it has ended; CodeTimeout if it has not within
// the timeout, of which 0 means none.
func (c *Client) Wait(ctx context.Context, ref string, timeout time.Duration) (t Task, err error) {
	path := taskPath(ref) + "/wait"
	if timeout > 0 {
		path += "?timeout_ms=" + strconv.FormatInt(max(timeout.Milliseconds(), 1), 10)
	}
	return t, c.get(ctx, path, &t)
}

// Submit asks for a task. When it returns, the task is in the journal.
func (c *Client) Submit(ctx context.Context, s Submission) (answer Submitted, err error) {
	ctx, cancel := c.soon(ctx)
	defer cancel()
	resp, err := c.do(ctx, http.MethodPost, "/v1/tasks", s)
	if err != nil {
		return answer, err
	}
	return answer, c.decode(resp, &answer)
}

// SubmitBatch asks for many tasks, all or none. When it returns, they are in the
// journal, and the answers are in the order of the tasks.
func (c *Client) SubmitBatch(ctx context.Context, b Batch) ([]Submitted, error) {
	ctx, cancel := c.soon(ctx)
	defer cancel()
	resp, err := c.do(ctx, http.MethodPost, "/v1/batches", b)
	if err != nil {
		return nil, err
	}
	var answer BatchSubmitted
	if err := c.decode(resp, &answer); err != nil {
		return nil, err
	}
	if len(answer.Tasks) != len(b.Tasks) {
		return nil, Errorf(CodeIncomplete, "the answer is about %d tasks of %d", len(answer.Tasks), len(b.Tasks))
	}
	return answer.Tasks, nil
}

// Change asks for the same of many tasks and calls fn with what became of each.
func (c *Client) Change(ctx context.Context, verb Verb, what Change, fn func(ChangeRow) error) error {
	_, err := list(ctx, c, http.MethodPost, "/v1/tasks/"+string(verb), what, fn)
	return err
}

// Replay has the broker look again at tasks and calls fn with what became of each.
func (c *Client) Replay(ctx context.Context, what ReplayRequest, fn func(ReplayRow) error) error {
	_, err := list(ctx, c, http.MethodPost, "/v1/replay", what, fn)
	return err
}

func taskPath(ref string) string { return "/v1/tasks/" + url.PathEscape(ref) }

func list[T any](ctx context.Context, c *Client, method, path string, body any, fn func(T) error) (End, error) {
	resp, err := c.do(ctx, method, path, body)
	if err != nil {
		return End{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	return readLines(resp.Body, fn)
}

// getNow is get for what is answered at once.
func (c *Client) getNow(ctx context.Context, path string, v any) error {
	ctx, cancel := c.soon(ctx)
	defer cancel()
	return c.get(ctx, path, v)
}

// soon gives a broker that is there, but stuck, answerMax.
func (c *Client) soon(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, answerMax, fmt.Errorf("%w at %s: no answer within %v", ErrNoBroker, c.address, answerMax))
}

func (c *Client) get(ctx context.Context, path string, v any) error {
	resp, err := c.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return c.decode(resp, v)
}

// decode reads an answer. One that breaks off is that of a broker that went away.
func (c *Client) decode(resp *http.Response, v any) error {
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return c.unreachable(resp.Request, err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("read the broker's answer: %w", err)
	}
	return nil
}

// do sends a request and returns the answer if it is not an error.
func (c *Client) do(ctx context.Context, method, path string, body any) (*http.Response, error) {
	req, err := newRequest(ctx, method, path, body)
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
	return nil, refusal(resp)
}

func newRequest(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var r io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		r = bytes.NewReader(text)
	}
	// The host has no meaning on a unix socket; on loopback it is this machine.
	req, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, r)
	if err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}
	if body != nil {
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

func refusal(resp *http.Response) error {
	var e Error
	text, err := io.ReadAll(io.LimitReader(resp.Body, errorMax))
	if err == nil && json.Unmarshal(text, &e) == nil && e.Code != "" {
		return &e
	}
	return Errorf(CodeInternal, "the answer at the admin address is %s and not the admin API's", resp.Status)
}
