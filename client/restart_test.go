package client_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

// TestRestart stops the broker with tasks in every state, and starts it again:
// the callers see nothing of it.
func TestRestart(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	waiting := submit(t, c, echo("waiting"))
	b.stop()
	early, err := c.SubmitAsync(within(t), echo("early"))
	if err != nil {
		t.Fatal(err)
	}
	b.start()
	if err := early.Accepted(within(t)); err != nil {
		t.Fatal(err)
	}
	b.restart()
	startWorker(t, b, "w1")
	for _, h := range []*client.Handle{waiting, early} {
		if _, err := h.Wait(within(t)); err != nil {
			t.Error(err)
		}
	}
}

// TestCallbacksAfterRestart stops the broker under a task that runs, and starts
// it again: what the worker says is told on, and the start is not told again.
func TestCallbacksAfterRestart(t *testing.T) {
	b := startBroker(t)
	var said atomic.Int64
	serve(t, b, "w1", func(ctx context.Context, task *worker.Task) ([]byte, error) {
		for ctx.Err() == nil {
			task.Progress(-1, fmt.Sprint(said.Add(1)))
			pause(ctx)
		}
		return nil, ctx.Err()
	})
	starts := make(chan client.Start, 10)
	heard := make(chan string, 1)
	submit(t, dial(t, b), client.Task{
		Service: "echo",
		OnStart: func(s client.Start) { starts <- s },
		OnProgress: func(p client.Progress) {
			select {
			case heard <- p.Text:
			default: // the test has its word
			}
		},
	})
	hearBeyond(t, heard, 0)
	b.restart()
	hearBeyond(t, heard, said.Load())
	if n := len(starts); n != 1 {
		t.Errorf("the start was told %d times", n)
	}
}

// pause keeps a handler from saying more than anybody can take in.
func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(5 * time.Millisecond):
	}
}

// hearBeyond waits for a word with a higher number.
func hearBeyond(t *testing.T, heard <-chan string, number int64) {
	t.Helper()
	for ctx := within(t); ; {
		select {
		case text := <-heard:
			if n, err := strconv.ParseInt(text, 10, 64); err != nil {
				t.Fatal(err)
			} else if n > number {
				return
			}
		case <-ctx.Done():
			t.Fatalf("no word after number %d", number)
		}
	}
}

// TestSilence leaves the broker away for so long that the client gives its
// connection up.
func TestSilence(t *testing.T) {
	b := startBroker(t)
	lost := make(chan struct{}, 1)
	c := dial(t, b, client.WithLogger(slog.New(signal{lost})))
	h := submit(t, c, echo("x"))
	b.stop()
	await(t, lost)
	b.start()
	startWorker(t, b, "w1")
	if _, err := h.Wait(within(t)); err != nil {
		t.Error(err)
	}
}

// signal is a log that reports when a client connects again.
type signal struct{ lost chan struct{} }

func (s signal) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "connecting again") {
		select {
		case s.lost <- struct{}{}:
		default:
		}
	}
	return nil
}

func (s signal) Enabled(context.Context, slog.Level) bool { return true }
func (s signal) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s signal) WithGroup(string) slog.Handler            { return s }

// Who has handed a task over may change what it was made of, but for its body: it is sent as
// it was, however late.
func TestTaskIsSentAsItWas(t *testing.T) {
	b := startBroker(t)
	serve(t, b, "w1", func(_ context.Context, task *worker.Task) ([]byte, error) {
		return []byte(strings.Join(task.Argv, " ")), nil
	})
	c := dial(t, b)
	earlier := submit(t, c, client.Task{Service: "echo"}).ID()
	b.stop()
	argv, after, keys, classes := []string{"one"}, []journal.Dependency{{Task: earlier, Wants: journal.WantsDone}}, []string{"one"}, []string{"one"}
	h, err := c.SubmitAsync(within(t), client.Task{Service: "echo", Argv: argv, After: after, LimitKeys: keys, FatalClasses: classes, Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	argv[0], after[0].Task, keys[0], classes[0] = "two", journal.ID{1}, "two", "two"
	b.start()
	if result, err := h.Wait(within(t)); err != nil || string(result.Body) != "one" {
		t.Errorf("it is done with %q, %v", result.Body, err)
	}
	found := 0
	for task, err := range c.Find(within(t), "state=any key=k") {
		found++
		if err != nil || task.Spec.LimitKeys[0] != "one" || task.Spec.FatalClasses[0] != "one" {
			t.Errorf("%+v, %v", task.Spec, err)
		}
	}
	if found != 1 {
		t.Errorf("%d tasks have the key, want 1", found)
	}
}
