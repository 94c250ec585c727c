package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"time"

	"bcp/worker"
)

// A worker that serves "upper" until it is interrupted.
func Example() {
	w, err := worker.New(worker.Config{
		Broker:   "tcp://127.0.0.1:5555",
		Name:     "shouter-1",
		Services: []string{"upper"},
		Slots:    4,
		Handler: func(_ context.Context, t *worker.Task) ([]byte, error) {
			if len(t.Body) == 0 {
				return nil, errors.New("nothing to shout")
			}
			return bytes.ToUpper(t.Body), nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := w.Run(ctx); err != nil {
		fmt.Println(err)
	}
}

// A handler of long work: it says how far it is, and stops when it is told to.
func ExampleTask_Progress() {
	count := func(ctx context.Context, t *worker.Task) ([]byte, error) {
		for i := range 10 {
			select {
			case <-time.After(time.Second):
				t.Progress(float32(i+1)/10, "counting")
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		return []byte("10"), nil
	}
	_ = worker.Config{Handler: count}
}

// A worker says what it has. Tasks select it by its labels, and the tasks that it is
// given at a time take no more of its resources than there is.
func ExampleConfig_resources() {
	cfg := worker.Config{
		Broker:    "tcp://127.0.0.1:5555",
		Name:      "node2",
		Services:  []string{"train"},
		Slots:     16,
		Labels:    map[string]string{"gpu": "a100", "zone": "b"},
		Resources: map[string]string{"cpu": "8", "mem": "32GiB", "gpu": "2"},
		Handler:   func(context.Context, *worker.Task) ([]byte, error) { return nil, nil },
	}
	fmt.Println(cfg.Validate())

	cfg.Resources["mem"] = "lots"
	fmt.Println(cfg.Validate())
	// Output:
	// <nil>
	// resource "mem=lots": amount "lots": a number is accepted, with k, M, G, T, Ki, Mi, Gi or Ti after it, with or without B, or m for thousandths
}

// A handler that goes on where an earlier attempt has come to, and gives itself
// more time when it needs it.
func ExampleTask_SaveCheckpoint() {
	pages := []string{"one", "two", "three"}
	read := func(ctx context.Context, t *worker.Task) ([]byte, error) {
		done, _ := strconv.Atoi(string(t.Checkpoint))
		if len(pages)-done > 1000 {
			if err := t.Extend(ctx, worker.RunTimeout, 2*time.Hour, "a large book"); err != nil {
				return nil, err
			}
		}
		for i := done; i < len(pages); i++ {
			// ... read the page; then, once nothing of it can get lost any more:
			if err := t.SaveCheckpoint(ctx, strconv.AppendInt(nil, int64(i+1), 10)); err != nil {
				return nil, err
			}
			t.Progress(float32(i+1)/float32(len(pages)), "reading page "+pages[i])
			if err := t.Set("pages", strconv.Itoa(i+1)); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}
	_ = worker.Config{Handler: read}
}
