package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ErrNoBroker tells that nobody answers at the admin address.
var ErrNoBroker = errors.New("no broker")

// Client sends requests to a broker. It is safe for concurrent use. Its methods return an
// Error if the broker refuses a request, and an error that wraps ErrNoBroker if none answers.
type Client struct {
	address   Address
	http      *http.Client
	answerMax time.Duration // for what is answered at once
	lookEvery time.Duration // at a broker that takes its time
}

// NewClient makes a client for an address that ParseAddress accepts. It does not connect yet.
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
	return &Client{address: a, http: &http.Client{Transport: transport}, answerMax: answerMax, lookEvery: lookEvery}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Status returns the status of the broker.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.askNow(ctx, get("/v1/status"), &s)
}

// Workers calls fn with every worker, in order of name.
func (c *Client) Workers(ctx context.Context, fn func(Worker) error) error {
	_, err := list(ctx, c, get("/v1/workers"), fn)
	return err
}

// Queues calls fn with every service and worker for which tasks wait or run.
func (c *Client) Queues(ctx context.Context, fn func(Queue) error) error {
	_, err := list(ctx, c, get("/v1/queues"), fn)
	return err
}

// Worker returns one worker, or an Error of CodeUnknownWorker if there is none of that name.
func (c *Client) Worker(ctx context.Context, name string) (w Worker, err error) {
	return w, c.askNow(ctx, get("/v1/workers/"+segment(name)), &w)
}

// Tasks calls fn with the tasks that l asks for, and returns the end of the list.
func (c *Client) Tasks(ctx context.Context, l List, fn func(Task) error) (End, error) {
	return list(ctx, c, get("/v1/tasks?"+l.Values().Encode()), fn)
}

// Count returns how many of the tasks that match a filter are in each state.
func (c *Client) Count(ctx context.Context, l List) (counts []StateCount, err error) {
	_, err = list(ctx, c, get("/v1/tasks/count?"+l.Values().Encode()), func(n StateCount) error {
		counts = append(counts, n)
		return nil
	})
	return counts, err
}

// Task returns one task by its ID, a unique prefix or suffix of it, or key=KEY. Otherwise it
// returns an Error of CodeUnknownTask or CodeAmbiguous.
func (c *Client) Task(ctx context.Context, ref string) (t Task, err error) {
	return t, c.askNow(ctx, get(taskPath(ref)), &t)
}

// Members calls fn with the members of an array that have started, or with those of a
// broadcast, in order of their indexes. Other tasks have none.
func (c *Client) Members(ctx context.Context, ref string, fn func(Task) error) error {
	_, err := list(ctx, c, get(taskPath(ref)+"/members"), fn)
	return err
}

// Explain returns why a task is in the state that it is in, and what it waits for.
func (c *Client) Explain(ctx context.Context, ref string) (e Explanation, err error) {
	return e, c.askNow(ctx, get(taskPath(ref)+"/explain"), &e)
}

// History returns the records of a task: one for each step of its life.
func (c *Client) History(ctx context.Context, ref string) (entries []HistoryEntry, err error) {
	_, err = list(ctx, c, get(taskPath(ref)+"/history"), func(e HistoryEntry) error {
		entries = append(entries, e)
		return nil
	})
	return entries, err
}

// Body copies the body of a task to w. It returns an Error of CodeGone if the body is no
// longer kept.
func (c *Client) Body(ctx context.Context, ref string, w io.Writer) error {
	return c.payload(ctx, ref, "body", w)
}

// Result copies the result of an ended task to w. It returns an Error of CodeNotEnded if the
// task has not ended.
func (c *Client) Result(ctx context.Context, ref string, w io.Writer) error {
	return c.payload(ctx, ref, "result", w)
}

func (c *Client) payload(ctx context.Context, ref, which string, w io.Writer) error {
	return c.copied(ctx, taskPath(ref)+"/"+which, which, w)
}

// copied copies an answer that is bytes to w.
func (c *Client) copied(ctx context.Context, path, which string, w io.Writer) error {
	return c.attended(ctx, get(path), func(answer io.Reader) error {
		from := &noted{Reader: answer}
		n, err := io.Copy(w, from)
		switch {
		case err == nil:
			return nil
		case from.failed:
			return &brokenOff{fmt.Sprintf("the %s was cut off after %d bytes: %v", which, n, err)}
		}
		return fmt.Errorf("copy the %s: %w", which, err)
	})
}

// noted is a reader of which it is known that it has failed.
type noted struct {
	io.Reader
	failed bool
}

func (r *noted) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.failed = err != nil && !errors.Is(err, io.EOF)
	return n, err
}

// Wait returns the task when it has ended, or an Error of CodeTimeout if that takes longer
// than the timeout. With a timeout of 0 it waits without a limit, also for a broker that is
// stuck.
func (c *Client) Wait(ctx context.Context, ref string, timeout time.Duration) (t Task, err error) {
	r := get(taskPath(ref) + "/wait")
	if timeout > 0 {
		r.path += "?timeout_ms=" + strconv.FormatInt(max(timeout.Milliseconds(), 1), 10)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout+c.answerMax, c.stuck(r))
		defer cancel()
	}
	return t, c.ask(ctx, r, &t)
}

// Submit submits a task. When it returns without an error, the task is in the journal.
func (c *Client) Submit(ctx context.Context, s Submission) (answer Submitted, err error) {
	return answer, c.askWatched(ctx, post("/v1/tasks", s), &answer)
}

// SubmitBatch submits many tasks, of which either all are accepted or none. When it returns
// without an error, all are in the journal. The answers are in the order of the tasks.
func (c *Client) SubmitBatch(ctx context.Context, b Batch) ([]Submitted, error) {
	var answer BatchSubmitted
	if err := c.askWatched(ctx, post("/v1/batches", b), &answer); err != nil {
		return nil, err
	}
	if len(answer.Tasks) != len(b.Tasks) {
		return nil, Errorf(CodeIncomplete, "the answer is about %d tasks of %d", len(answer.Tasks), len(b.Tasks))
	}
	return answer.Tasks, nil
}

// Change changes many tasks, and calls fn with what was done with each.
func (c *Client) Change(ctx context.Context, verb Verb, what Change, fn func(ChangeRow) error) error {
	_, err := list(ctx, c, post("/v1/tasks/"+string(verb), what), fn)
	return err
}

// Replay has the broker compare tasks with what their workers say of them, and calls fn with
// what was done with each.
func (c *Client) Replay(ctx context.Context, what ReplayRequest, fn func(ReplayRow) error) error {
	_, err := list(ctx, c, post("/v1/replay", what), fn)
	return err
}

// Profile copies a CPU profile of the broker to w, in pprof's format. The broker makes it in
// the next 1 to 300 seconds. If it is already making one, the Error is of CodeBusy.
func (c *Client) Profile(ctx context.Context, seconds int, w io.Writer) error {
	return c.copied(ctx, "/v1/profile?seconds="+strconv.Itoa(seconds), "profile", w)
}

func taskPath(ref string) string { return "/v1/tasks/" + segment(ref) }

// segment returns a name as a part of a path; dots alone would lead to another one.
func segment(name string) string {
	if strings.Trim(name, ".") == "" {
		return strings.ReplaceAll(name, ".", "%2E")
	}
	return url.PathEscape(name)
}
