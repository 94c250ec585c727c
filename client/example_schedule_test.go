package client_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"bcp/client"
	"bcp/journal"
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
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

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
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

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

// A task waits for another one to end well. Its labels help to find it.
func ExampleTask_after() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

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
