package client_test

import (
	"context"
	"fmt"
	"log"
	"sync"
	"time"

	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

// Of the tasks that wait for a worker the one of the highest priority goes first.
func ExampleTask_priority() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	var handles []*client.Handle
	for _, t := range []client.Task{
		{Worker: "printer", Body: []byte("archive"), Priority: -10},
		{Worker: "printer", Body: []byte("letter")},
		{Worker: "printer", Body: []byte("alarm"), Priority: 10},
	} {
		h, err := c.Submit(ctx, t)
		if err != nil {
			log.Fatal(err)
		}
		handles = append(handles, h)
	}
	defer startPrinter(address)() // it does one task at a time
	for _, h := range handles {
		if _, err := h.Wait(ctx); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// alarm
	// letter
	// archive
}

// A task is not dispatched before its delay has passed.
func ExampleTask_delay() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	h, err := c.Submit(ctx, client.Task{Service: "upper", Body: []byte("later"), Delay: 100 * time.Millisecond})
	if err != nil {
		log.Fatal(err)
	}
	result, err := h.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	task, err := c.Query(ctx, h.ID())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, 100 ms or more after its submit: %v\n", result.Body, task.DispatchedMS-task.SubmittedMS >= 100)
	// Output: LATER, 100 ms or more after its submit: true
}

// A task that is submitted held waits until somebody releases it.
func ExampleClient_Release() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	h, err := c.Submit(ctx, client.Task{Service: "upper", Body: []byte("checked"), Hold: true})
	if err != nil {
		log.Fatal(err)
	}
	task, err := c.Query(ctx, h.ID())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, held: %v\n", task.State, task.Held)

	if _, err := c.Release(ctx, h.ID(), "the input is complete"); err != nil {
		log.Fatal(err)
	}
	result, err := h.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\n", result.State, result.Body)
	// Output:
	// pending, held: true
	// done: CHECKED
}

// startPrinter starts a worker that prints the bodies of its tasks.
func startPrinter(address string) (stop func()) {
	return startWorkerAs(worker.Config{Broker: address, Name: "printer", Handler: func(_ context.Context, t *worker.Task) ([]byte, error) {
		fmt.Println(string(t.Body))
		return nil, nil
	}})
}

// startWorkerAs runs a worker until stop is called.
func startWorkerAs(cfg worker.Config) (stop func()) {
	w, err := worker.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { report(w.Run(ctx)) })
	return func() {
		cancel()
		running.Wait()
	}
}

// A task waits for another one to end well. Its labels help to find it.
func ExampleTask_after() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	first, err := c.Submit(ctx, client.Task{Service: "upper", Body: []byte("first")})
	if err != nil {
		log.Fatal(err)
	}
	second, err := c.Submit(ctx, client.Task{
		Service: "upper", Body: []byte("second"),
		After:  []journal.Dependency{{Task: first.ID(), Wants: journal.WantsDone}},
		Labels: map[string]string{"run": "7"},
	})
	if err != nil {
		log.Fatal(err)
	}
	result, err := second.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	task, err := c.Query(ctx, first.ID())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, and the first is %s\n", result.Body, task.State)
	// Output: SECOND, and the first is done
}
