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
	"time"
)

// ErrNoBroker tells that nobody answers at the admin address.
var ErrNoBroker = errors.New("no broker")

// Client asks a broker. It is safe for concurrent use. All its methods return
// an Error for what the broker refused and wrap ErrNoBroker when none answers.
type Client struct {
	address   Address
	http      *http.Client
	answerMax time.Duration // for what is answered at once
	lookEvery time.Duration // at a broker that takes its time
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
	return &Client{address: a, http: &http.Client{Transport: transport}, answerMax: answerMax, lookEvery: lookEvery}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Status returns how the broker stands.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.askNow(ctx, get("/v1/status"), &s)
}

// Workers calls fn for every worker, by name.
func (c *Client) Workers(ctx context.Context, fn func(Worker) error) error {
	_, err := list(ctx, c, get("/v1/workers"), fn)
	return err
}

// Queues calls fn for every service and worker that something waits or runs for.
func (c *Client) Queues(ctx context.Context, fn func(Queue) error) error {
	_, err := list(ctx, c, get("/v1/queues"), fn)
	return err
}

// Worker returns one worker; CodeUnknownWorker if there is none.
func (c *Client) Worker(ctx context.Context, name string) (w Worker, err error) {
	return w, c.askNow(ctx, get("/v1/workers/"+url.PathEscape(name)), &w)
}

// Tasks calls fn for the tasks that l asks for, and returns the list's end.
func (c *Client) Tasks(ctx context.Context, l List, fn func(Task) error) (End, error) {
	return list(ctx, c, get("/v1/tasks?"+l.Values().Encode()), fn)
}

// Count tells how many tasks a filter means, by state.
func (c *Client) Count(ctx context.Context, l List) (counts []StateCount, err error) {
	_, err = list(ctx, c, get("/v1/tasks/count?"+l.Values().Encode()), func(n StateCount) error {
		counts = append(counts, n)
		return nil
	})
	return counts, err
}

// Task returns one task by its ID or a unique prefix or suffix of it;
// CodeUnknownTask or CodeAmbiguous otherwise.
func (c *Client) Task(ctx context.Context, ref string) (t Task, err error) {
	return t, c.askNow(ctx, get(taskPath(ref)), &t)
}

// Members calls fn for the members of an array that have started and for those of a
// broadcast, in order of their indexes; for none of another task.
func (c *Client) Members(ctx context.Context, ref string, fn func(Task) error) error {
	_, err := list(ctx, c, get(taskPath(ref)+"/members"), fn)
	return err
}

// Explain tells why a task is where it is.
func (c *Client) Explain(ctx context.Context, ref string) (e Explanation, err error) {
	return e, c.askNow(ctx, get(taskPath(ref)+"/explain"), &e)
}

// History returns every step of a task's life.
func (c *Client) History(ctx context.Context, ref string) (entries []HistoryEntry, err error) {
	_, err = list(ctx, c, get(taskPath(ref)+"/history"), func(e HistoryEntry) error {
		entries = append(entries, e)
		return nil
	})
	return entries, err
}

// Body copies the body of a task to w; CodeGone if it is not kept any more.
func (c *Client) Body(ctx context.Context, ref string, w io.Writer) error {
	return c.payload(ctx, ref, "body", w)
}

// Result copies the result of an ended task to w; CodeNotEnded if it has none yet.
func (c *Client) Result(ctx context.Context, ref string, w io.Writer) error {
	return c.payload(ctx, ref, "result", w)
}

func (c *Client) payload(ctx context.Context, ref, which string, w io.Writer) error {
	return c.copied(ctx, taskPath(ref)+"/"+which, which, w)
}

// copied copies an answer that is bytes to w.
func (c *Client) copied(ctx context.Context, path, which string, w io.Writer) error {
	return c.attended(ctx, get(path), func(answer io.Reader) error {
		if _, err := io.Copy(w, answer); err != nil {
			return fmt.Errorf("copy the %s: %w", which, err)
		}
		return nil
	})
}

// Wait returns the task once it has ended; CodeTimeout if it has not within
// the timeout, of which 0 means none: then a broker that is stuck is waited for as well.
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

// Submit asks for a task. When it returns, the task is in the journal.
func (c *Client) Submit(ctx context.Context, s Submission) (answer Submitted, err error) {
	return answer, c.askNow(ctx, post("/v1/tasks", s), &answer)
}

// SubmitBatch asks for many tasks, all or none. When it returns, they are in the
// journal, and the answers are in the order of the tasks.
func (c *Client) SubmitBatch(ctx context.Context, b Batch) ([]Submitted, error) {
	var answer BatchSubmitted
	if err := c.askNow(ctx, post("/v1/batches", b), &answer); err != nil {
		return nil, err
	}
	if len(answer.Tasks) != len(b.Tasks) {
		return nil, Errorf(CodeIncomplete, "the answer is about %d tasks of %d", len(answer.Tasks), len(b.Tasks))
	}
	return answer.Tasks, nil
}

// Change asks for the same of many tasks and calls fn with what became of each.
func (c *Client) Change(ctx context.Context, verb Verb, what Change, fn func(ChangeRow) error) error {
	_, err := list(ctx, c, post("/v1/tasks/"+string(verb), what), fn)
	return err
}

// Replay has the broker look again at tasks and calls fn with what became of each.
func (c *Client) Replay(ctx context.Context, what ReplayRequest, fn func(ReplayRow) error) error {
	_, err := list(ctx, c, post("/v1/replay", what), fn)
	return err
}

// Profile copies to w where the broker's processor time goes in the next seconds, from 1 to
// 300, in pprof's format. Another one at the same time is CodeBusy.
func (c *Client) Profile(ctx context.Context, seconds int, w io.Writer) error {
	return c.copied(ctx, "/v1/profile?seconds="+strconv.Itoa(seconds), "profile", w)
}

func taskPath(ref string) string { return "/v1/tasks/" + url.PathEscape(ref) }
