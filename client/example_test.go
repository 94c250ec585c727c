package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"bcp/broker/server"
	"bcp/client"
	"bcp/journal/bolt"
	"bcp/worker"
)

func Example() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	h, err := c.Submit(ctx, client.Task{Service: "upper", Body: []byte("hello")})
	if err != nil {
		log.Fatal(err)
	}
	result, err := h.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\n", result.State, result.Body)
	// Output: done: HELLO
}

// Many tasks are submitted without waiting for each answer.
func ExampleClient_SubmitAsync() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	var handles []*client.Handle
	for _, word := range []string{"one", "two", "three"} {
		h, err := c.SubmitAsync(ctx, client.Task{Service: "upper", Body: []byte(word)})
		if err != nil {
			log.Fatal(err)
		}
		handles = append(handles, h)
	}
	for _, h := range handles {
		result, err := h.Wait(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s ", result.Body)
	}
	// Output: ONE TWO THREE
}

// A task that fails gives a TaskError.
func ExampleTaskError() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	h, err := c.Submit(ctx, client.Task{Service: "upper"})
	if err != nil {
		log.Fatal(err)
	}
	_, err = h.Wait(ctx)
	var failed *client.TaskError
	if errors.As(err, &failed) {
		fmt.Printf("%s for %s: %s\n", failed.State, failed.Reason, failed.Text)
	}
	// Output: failed for error: nothing to do
}

// A task submitted again under its key is the same task, also after a restart
// of the program.
func ExampleTask_key() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	for range 2 {
		c, err := client.Dial(ctx, address)
		if err != nil {
			log.Fatal(err)
		}
		h, err := c.Submit(ctx, client.Task{Service: "upper", Key: "row-17", Body: []byte("once")})
		if err != nil {
			log.Fatal(err)
		}
		result, err := h.Wait(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("known %v, attempt %d: %s\n", h.Known(), result.Attempt, result.Body)
		if err := c.Close(); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// known false, attempt 1: ONCE
	// known true, attempt 1: ONCE
}

// exampleBroker starts a broker on a new journal, and a worker for the service
// "upper". It returns the broker's address.
func exampleBroker() (address string, stop func()) {
	dir, err := os.MkdirTemp("", "bcp-example-")
	if err != nil {
		log.Fatal(err)
	}
	store, err := bolt.Open(filepath.Join(dir, "bcp.db"), bolt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	s, err := server.New(server.Config{Listen: []string{"tcp://127.0.0.1:*"}}, store, slog.New(slog.DiscardHandler))
	if err != nil {
		log.Fatal(err)
	}
	address = s.Endpoints()[0]
	w, err := worker.New(worker.Config{Broker: address, Name: "w1", Services: []string{"upper"}, Handler: upper})
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { report(w.Run(ctx)) })
	running.Go(func() { report(errors.Join(s.Run(ctx), store.Close())) })
	return address, func() {
		cancel()
		running.Wait()
		report(os.RemoveAll(dir))
	}
}

func report(err error) {
	if err != nil {
		log.Print(err)
	}
}

func upper(_ context.Context, t *worker.Task) ([]byte, error) {
	if len(t.Body) == 0 {
		return nil, errors.New("nothing to do")
	}
	return bytes.ToUpper(t.Body), nil
}
