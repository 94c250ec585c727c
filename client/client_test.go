package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

func echo(body string) client.Task { return client.Task{Service: "echo", Body: []byte(body)} }

func submit(t *testing.T, c *client.Client, task client.Task) *client.Handle {
	t.Helper()
	h, err := c.Submit(within(t), task)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestSubmitAndWait(t *testing.T) {
	b := startBroker(t)
	startWorker(t, b, "w1")
	c := dial(t, b)

	h := submit(t, c, echo("hello"))
	got, err := h.Wait(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if got.Task != h.ID() || got.State != journal.Done || string(got.Body) != "hello" || got.Worker != "w1" || got.Attempt != 1 {
		t.Errorf("task %s ended as %+v", h.ID(), got)
	}
	if again, err := h.Wait(within(t)); err != nil || string(again.Body) != "hello" {
		t.Errorf("the second Wait: %+v, %v", again, err)
	}
}

func TestFailure(t *testing.T) {
	b := startBroker(t)
	startWorker(t, b, "w1")
	c := dial(t, b)

	h := submit(t, c, echo("fail"))
	got, err := h.Wait(within(t))
	var failed *client.TaskError
	if !errors.As(err, &failed) {
		t.Fatalf("error %v, want a *TaskError", err)
	}
	want := client.TaskError{Task: h.ID(), State: journal.Failed, Reason: journal.ReasonError, Text: "as told"}
	if *failed != want || got.State != journal.Failed {
		t.Errorf("got %+v with %+v, want %+v", *failed, got, want)
	}
	if says := "task " + h.ID().String() + " failed: error"; failed.Error() != says+": as told" {
		t.Errorf("it says %q", failed)
	} else if failed.Text = ""; failed.Error() != says {
		t.Errorf("without a text it says %q", failed)
	}
}

func TestRefusals(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	keyed := client.Task{Service: "echo", Key: "k", Body: []byte("one")}
	submit(t, c, keyed)
	for _, r := range []struct {
		name string
		ask  func(context.Context) error
		want wire.Code
	}{
		{"another body under the same key", func(ctx context.Context) error {
			_, err := c.Submit(ctx, client.Task{Service: "echo", Key: "k", Body: []byte("two")})
			return err
		}, wire.CodeKeyConflict},
		{"a bad name", func(ctx context.Context) error {
			_, err := c.Submit(ctx, client.Task{Worker: "two words"})
			return err
		}, wire.CodeBadName},
		{"an unknown task", func(ctx context.Context) error {
			_, err := c.Query(ctx, journal.ID{1})
			return err
		}, wire.CodeUnknownTask},
		{"the end of an unknown task", func(ctx context.Context) error {
			_, err := c.Wait(ctx, journal.ID{1})
			return err
		}, wire.CodeUnknownTask},
		{"an unknown key", func(ctx context.Context) error {
			_, err := c.CancelKey(ctx, "nobody's", "")
			return err
		}, wire.CodeUnknownTask},
		{"what has no words in the protocol", func(ctx context.Context) error {
			_, err := c.QueryKey(ctx, string(make([]byte, wire.MaxKey+1)))
			return err
		}, wire.CodeTooLarge},
	} {
		if err := r.ask(within(t)); !isCode(err, r.want) {
			t.Errorf("%s: error %v, want %s", r.name, err, r.want)
		}
	}
	if _, err := c.Submit(within(t), client.Task{Worker: "w", Service: "s"}); !errors.Is(err, client.ErrTarget) {
		t.Errorf("two targets: error %v", err)
	}
}

func TestSameKeyIsSameTask(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	first := submit(t, c, client.Task{Service: "echo", Key: "k", Body: []byte("x")})
	second := submit(t, dial(t, b), client.Task{Service: "echo", Key: "k", Body: []byte("x")})
	if first.ID() != second.ID() || first.Known() || !second.Known() {
		t.Fatalf("first %s known %v, second %s known %v", first.ID(), first.Known(), second.ID(), second.Known())
	}
	startWorker(t, b, "w1")
	for _, h := range []*client.Handle{first, second} {
		if got, err := h.Wait(within(t)); err != nil || string(got.Body) != "x" {
			t.Errorf("end: %+v, %v", got, err)
		}
	}
	third := submit(t, c, client.Task{Service: "echo", Key: "k", Body: []byte("x")})
	if got, err := third.Wait(within(t)); err != nil || got.Task != first.ID() {
		t.Errorf("end of a task that had ended: %+v, %v", got, err)
	}
}

func TestCancel(t *testing.T) {
	b := startBroker(t)
	startWorker(t, b, "w1")
	c := dial(t, b)
	started := make(chan client.Start, 1)
	half := make(chan client.Progress, 2)
	h := submit(t, c, client.Task{
		Service: "echo", Body: []byte("hold"), Key: "held",
		OnStart:    func(s client.Start) { started <- s },
		OnProgress: func(p client.Progress) { half <- p },
	})
	if s := <-started; s.Task != h.ID() || s.Worker != "w1" || s.Attempt != 1 {
		t.Errorf("start: %+v", s)
	}
	p := <-half
	if p.Fraction < 0 { // the pair was quicker than the fraction
		p = <-half
	}
	if p.Task != h.ID() || p.Fraction != 0.5 || p.Text != "half" || p.Pairs["rows"] != "50" {
		t.Errorf("progress: %+v", p)
	}
	if task, err := c.QueryKey(within(t), "held"); err != nil || task.State != journal.Running || task.ID != h.ID() {
		t.Errorf("query by key: %+v, %v", task, err)
	}
	if task, err := c.Cancel(within(t), h.ID(), "enough"); err != nil || task.State != journal.Canceling {
		t.Errorf("cancel: %+v, %v", task, err)
	}
	_, err := h.Wait(within(t))
	var canceled *client.TaskError
	if !errors.As(err, &canceled) || canceled.State != journal.Canceled {
		t.Errorf("end: %v, want canceled", err)
	}
	task, err := c.Query(within(t), h.ID())
	if err != nil || task.CancelBy != c.Session() || task.CancelText != "enough" {
		t.Errorf("query: %+v, %v", task, err)
	}
}

func TestDetached(t *testing.T) {
	b := startBroker(t)
	startWorker(t, b, "w1")
	c := dial(t, b)
	h := submit(t, c, client.Task{Service: "echo", Body: []byte("later"), Detached: true})
	if got, err := h.Wait(within(t)); err != nil || string(got.Body) != "later" {
		t.Errorf("end: %+v, %v", got, err)
	}
}

// TestGiveUp sees that a Wait that was given up costs the others nothing.
func TestGiveUp(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	h := submit(t, c, echo("x"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 3 {
		if _, err := c.Wait(ctx, h.ID()); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	}
	startWorker(t, b, "w1")
	if _, err := h.Wait(within(t)); err != nil {
		t.Error(err)
	}
}

// Who gives up a wait is let go at once, also while the broker is away and there
// is no room for more calls.
func TestGiveUpWithoutBroker(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b, client.WithUnanswered(1))
	b.stop()
	if _, err := c.SubmitAsync(within(t), client.Task{Service: "echo"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	const waits = 1000 // more than any queue holds
	var given sync.WaitGroup
	for range waits {
		given.Go(func() {
			if _, err := c.Wait(ctx, journal.ID{1}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("wait returned %v", err)
			}
		})
	}
	given.Wait()
}

// TestBulk submits many more tasks than may be unanswered at a time, from
// several goroutines.
func TestBulk(t *testing.T) {
	const callers, each = 4, 500
	b := startBroker(t)
	startWorker(t, b, "w1")
	c := dial(t, b, client.WithUnanswered(50))
	errs := make(chan error, callers)
	for caller := range callers {
		go func() { errs <- bulk(within(t), c, caller, each) }()
	}
	for range callers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func bulk(ctx context.Context, c *client.Client, caller, each int) error {
	var handles []*client.Handle
	for i := range each {
		h, err := c.SubmitAsync(ctx, echo(fmt.Sprint(caller, "-", i)))
		if err != nil {
			return err
		}
		handles = append(handles, h)
	}
	for i, h := range handles {
		got, err := h.Wait(ctx)
		if err != nil {
			return err
		}
		if want := fmt.Sprint(caller, "-", i); string(got.Body) != want {
			return fmt.Errorf("result %q, want %q", got.Body, want)
		}
	}
	return nil
}

func TestClose(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	h := submit(t, c, echo("x"))
	ended := make(chan error, 1)
	go func() {
		_, err := h.Wait(context.Background())
		ended <- err
	}()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, client.ErrClosed) {
		t.Errorf("Wait: error %v, want ErrClosed", err)
	}
	if _, err := c.Submit(within(t), echo("y")); !errors.Is(err, client.ErrClosed) {
		t.Errorf("Submit: error %v, want ErrClosed", err)
	}
	if _, err := c.Query(within(t), h.ID()); !errors.Is(err, client.ErrClosed) {
		t.Errorf("Query: error %v, want ErrClosed", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
}

func TestDial(t *testing.T) {
	done, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		address string
		want    error
	}{
		{"tcp://192.0.2.1:5555", client.ErrInsecure},
		{"tcp://broker.example:5555", client.ErrInsecure},
		{"tcp://localhost", client.ErrAddress},
		{"inproc://x", client.ErrAddress},
		{"localhost:5555", client.ErrAddress},
		{"tcp://*:5555", client.ErrAddress},
		{"tcp://127.0.0.1:1", context.Canceled},
		{"tcp://[::1]:1", context.Canceled},
	} {
		if _, err := client.Dial(done, c.address); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.address, err, c.want)
		}
	}
	if _, err := client.Dial(done, "ipc://x", client.WithSession("two words")); !isCode(err, wire.CodeBadName) {
		t.Errorf("a bad session name: error %v, want %s", err, wire.CodeBadName)
	}
}

// Who has given up before the call asks the broker for nothing.
func TestGivenUpBefore(t *testing.T) {
	c := dial(t, startBroker(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		if _, err := c.SubmitAsync(ctx, client.Task{Service: "echo"}); !errors.Is(err, context.Canceled) {
			t.Errorf("submit: %v", err)
		}
		if _, err := c.SubmitBatch(ctx, []client.Task{{Service: "echo"}}); !errors.Is(err, context.Canceled) {
			t.Errorf("submit batch: %v", err)
		}
	}
	counts, err := c.Where("service=echo").DryRun().Cancel(within(t), "")
	if err != nil || counts.Tasks > 0 {
		t.Errorf("%d tasks, %v", counts.Tasks, err)
	}
}

// A logger that is none logs nothing.
func TestNoLogger(t *testing.T) {
	c := dial(t, startBroker(t), client.WithLogger(nil))
	if _, err := c.Count(within(t), ""); err != nil {
		t.Error(err)
	}
}

// Who waits in vain for a broker is told why, and where.
func TestDialTellsWhy(t *testing.T) {
	stranger, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	again := func() { // it hangs up on the first connection, and on all others
		for range 2 {
			if conn, err := stranger.Accept(); err == nil {
				_, _ = conn.Write(bytes.Repeat([]byte("220 mail.example ESMTP\r\n"), 4))
				_ = conn.Close()
			}
		}
	}
	router, err := zmq.Listen([]string{"tcp://127.0.0.1:*"}, wire.MaxBody)
	if err != nil {
		t.Fatal(err)
	}
	defer router.Close()
	heard := func() {
		for {
			if _, _, err := router.Recv(nil); err == nil {
				return
			}
			<-router.Readable()
		}
	}
	for _, c := range []struct {
		address string
		until   func()
		says    string
	}{
		{"tcp://" + stranger.Addr().String(), again, "peer does not speak ZMTP"},
		{router.Endpoints()[0], heard, "there is a connection, but no answer: is it a BCP broker?"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			c.until()
			cancel()
		}()
		_, err := client.Dial(ctx, c.address)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.address) {
			t.Errorf("%v\nshould say %s", err, c.says)
		}
	}
}

// With a context that is done nobody is dialed, and nothing is said of who is there.
func TestDialWhenDone(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the user has left")
	cancel(cause)
	_, err := client.Dial(ctx, "tcp://127.0.0.1:1")
	if !errors.Is(err, cause) || err.Error() != "dial tcp://127.0.0.1:1: the user has left" {
		t.Errorf("%v", err)
	}
}

// Who gives up waiting for a broker doesn't go on trying to reach one that it could tell. It
// may take long to see that it is to give up: the quickest of some shows it.
func TestGivingUpEndsTheTrying(t *testing.T) {
	least := giveUp(t)
	for n := 0; n < 20 && least > 2; n++ { // another attempt may have been under way
		least = min(least, giveUp(t))
	}
	if least > 2 {
		t.Errorf("connected %d times", least)
	}
}

// giveUp dials somebody who hangs up, gives up after the first time, and returns how often it
// has connected.
func giveUp(t *testing.T) int {
	t.Helper()
	stranger, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	tries := make(chan int)
	go func() {
		n := 0
		for conn, err := stranger.Accept(); err == nil; conn, err = stranger.Accept() {
			_ = conn.Close()
			cancel()
			n++
		}
		tries <- n
	}()
	if _, err := client.Dial(ctx, "tcp://"+stranger.Addr().String()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	_ = stranger.Close()
	return <-tries
}

// Two clients of one session take it from each other, and the ends that are for both: each
// is told those of its own tasks nevertheless.
func TestOneSessionTwice(t *testing.T) {
	b := startBeating(t, time.Second)
	ending := make(chan struct{})
	serve(t, b, "w1", func(context.Context, *worker.Task) ([]byte, error) {
		<-ending
		return nil, nil
	})
	h := submit(t, dial(t, b, client.WithSession("one")), echo("body"))
	dial(t, b, client.WithSession("one"))
	close(ending)
	if _, err := h.Wait(within(t)); err != nil {
		t.Error(err)
	}
}
