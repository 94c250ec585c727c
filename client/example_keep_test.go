package client_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"time"

	"bcp/client"
)

// A task says how long it is kept after its end; its result can be asked for until
// then, by anybody who knows its ID.
func ExampleTask_keep() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	h, err := c.Submit(ctx, client.Task{Service: "upper", Body: []byte("hello"), Keep: 7 * 24 * time.Hour, Detached: true})
	if err != nil {
		log.Fatal(err)
	}
	result, err := c.Wait(ctx, h.ID())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\n", result.State, result.Body)
	// Output: done: HELLO
}

// Large bodies and results are files of their own beside the broker's journal:
// nobody waits for them but who asked.
func ExampleTask_large() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	h, err := c.Submit(ctx, client.Task{Service: "upper", Body: bytes.Repeat([]byte("megabyte"), 1<<17)})
	if err != nil {
		log.Fatal(err)
	}
	result, err := h.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d bytes, %s...\n", result.State, len(result.Body), result.Body[:16])
	// Output: done: 1048576 bytes, MEGABYTEMEGABYTE...
}
