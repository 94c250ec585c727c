package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
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
