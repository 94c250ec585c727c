package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"bcp/client"
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
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

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
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

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
