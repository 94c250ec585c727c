package client_test

import (
	"context"
	"fmt"
	"log"

	"bcp/client"
)

// Why a task is where it is, and what would help.
func ExampleClient_Explain() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	h, err := c.Submit(ctx, client.Task{Service: "later", Hold: true})
	if err != nil {
		log.Fatal(err)
	}
	e, err := c.Explain(ctx, h.ID())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.Task.State, "with", e.CandidateCount, "workers that could do it")
	for _, r := range e.Reasons {
		fmt.Println("because of:", r.Code)
	}
	// Output:
	// pending with 0 workers that could do it
	// because of: held
	// because of: no-worker
}

// Every step of a task's life, with who asked for it and why.
func ExampleClient_History() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address, client.As("anna"))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	h, err := c.Submit(ctx, client.Task{Service: "later"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Cancel(ctx, h.ID(), "not needed any more"); err != nil {
		log.Fatal(err)
	}
	history, err := c.History(ctx, h.ID())
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range history {
		fmt.Printf("%s %q\n", step.Kind, step.Text)
	}
	// Output:
	// submit ""
	// end "not needed any more"
}

// How the queues stand.
func ExampleClient_QueueStats() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	for _, service := range []string{"later", "later", "never"} {
		if _, err := c.Submit(ctx, client.Task{Service: service}); err != nil {
			log.Fatal(err)
		}
	}
	for q, err := range c.QueueStats(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		if q.Waiting > 0 {
			fmt.Printf("%s: %d wait for %d workers\n", q.Name, q.Waiting, q.Workers)
		}
	}
	// Output:
	// later: 2 wait for 0 workers
	// never: 1 wait for 0 workers
}

// The workers that the broker knows.
func ExampleClient_Workers() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	h, err := c.Submit(ctx, client.Task{Service: "upper", Body: []byte("is there anybody?")})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := h.Wait(ctx); err != nil {
		log.Fatal(err)
	}
	for w, err := range c.Workers(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(w.Name, w.State, w.Services)
	}
	// Output: w1 live [upper]
}
