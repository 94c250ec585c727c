package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync/atomic"
	"time"

	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

// A task is tried again after an error, but not after one of the class "bad-input".
func ExampleTask_fatalClasses() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()
	defer startDoer(address, "parser-1", func(_ context.Context, t *worker.Task) ([]byte, error) {
		return nil, worker.Class(errors.New("line 3: no such word"), "bad-input")
	})()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	h, err := c.Submit(ctx, client.Task{
		Service: "work", Tries: 5, RetryDelay: time.Second, RetryJitter: 20, FatalClasses: []string{"bad-input"},
	})
	if err != nil {
		log.Fatal(err)
	}
	result, err := h.Wait(ctx)
	var failed *client.TaskError
	if errors.As(err, &failed) {
		fmt.Printf("attempt %d: %s (%s)\n", result.Attempt, failed.Text, failed.Class)
	}
	// Output: attempt 1: line 3: no such word (bad-input)
}

// A worker gives a task to another one. That costs none of its tries.
func ExampleTask_elsewhere() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()
	declined := make(chan struct{})
	defer startDoer(address, "no-licence", func(context.Context, *worker.Task) ([]byte, error) {
		close(declined) // once: it is not asked again
		return nil, fmt.Errorf("%w: there is no licence here", worker.ErrNotMe)
	})()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	h, err := c.Submit(ctx, client.Task{Service: "work", Tries: 1})
	if err != nil {
		log.Fatal(err)
	}
	<-declined
	defer startDoer(address, "licensed", func(context.Context, *worker.Task) ([]byte, error) {
		return []byte("solved"), nil
	})()
	result, err := h.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s by %s, in attempt %d\n", result.Body, result.Worker, result.Attempt)
	// Output: solved by licensed, in attempt 2
}

// A task whose tries are used up is put aside, and goes on when its input is mended.
func ExampleTask_holdExhausted() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()
	var mended atomic.Bool
	defer startDoer(address, "w2", func(context.Context, *worker.Task) ([]byte, error) {
		if !mended.Load() {
			return nil, errors.New("no such file")
		}
		return []byte("solved"), nil
	})()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	exhausted := make(chan journal.Task, 1)
	h, err := c.Submit(ctx, client.Task{
		Service: "work", Tries: 2, HoldExhausted: true,
		OnExhausted: func(t journal.Task) { exhausted <- t },
	})
	if err != nil {
		log.Fatal(err)
	}
	task := <-exhausted
	fmt.Printf("%s, held: %v, after %d tries: %s\n", task.State, task.Held, task.Tries, task.Text)

	mended.Store(true)
	if _, err := c.Release(ctx, h.ID(), "the file is there now"); err != nil {
		log.Fatal(err)
	}
	result, err := h.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s in attempt %d\n", result.Body, result.Attempt)
	// Output:
	// pending, held: true, after 2 tries: no such file
	// solved in attempt 3
}

// A task that is stuck is stopped, although its worker lives: nothing is said of it.
func ExampleTask_silenceTimeout() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()
	defer startDoer(address, "w2", func(ctx context.Context, t *worker.Task) ([]byte, error) {
		<-ctx.Done() // instead of calling t.Progress now and then
		return nil, ctx.Err()
	})()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	h, err := c.Submit(ctx, client.Task{Service: "work", SilenceTimeout: 100 * time.Millisecond, LifeTimeout: time.Hour})
	if err != nil {
		log.Fatal(err)
	}
	_, err = h.Wait(ctx)
	var failed *client.TaskError
	if errors.As(err, &failed) {
		fmt.Printf("%s: %s\n", failed.Reason, failed.Text)
	}
	// Output: silence: nothing was said of it for 100ms
}

// startDoer starts a worker of the service "work".
func startDoer(address, name string, do worker.Handler) (stop func()) {
	return startWorkerAs(worker.Config{Broker: address, Name: name, Services: []string{"work"}, Handler: do})
}
