package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

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

// The member of a broadcast knows its place among the others, from 0.
func ExampleTask_broadcast() {
	shard := func(_ context.Context, t *worker.Task) ([]byte, error) {
		if t.Array.IsZero() {
			return nil, worker.Never(errors.New("submit it to all workers"))
		}
		return fmt.Appendf(nil, "rows %d/%d of the table", t.Index+1, t.Size), nil
	}
	_ = worker.Config{Handler: shard}
}
