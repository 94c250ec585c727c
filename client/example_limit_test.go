package client_test

import (
	"context"
	"fmt"
	"log"

	"bcp/client"
	"bcp/journal"
)

// No more than two tasks with the key "db" run at a time, whoever submits them. The
// limit is in the broker's journal, with who set it and why.
func ExampleClient_SetLimit() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address, client.WithSession("anna/1"))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	_, err = c.SetLimit(ctx, journal.Limit{Scope: journal.LimitKey, Name: "db", Running: 2}, "the disk is slow")
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.SetLimit(ctx, journal.Limit{Scope: journal.LimitService, Name: "upper", Rate: journal.PerSecond(2.5), Burst: 5}, "be kind")
	if err != nil {
		log.Fatal(err)
	}
	h, err := c.Submit(ctx, client.Task{Service: "upper", Body: []byte("dump"), LimitKeys: []string{"db"}})
	if err != nil {
		log.Fatal(err)
	}
	result, err := h.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", result.Body)

	limits, err := c.Limits(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range limits {
		fmt.Printf("%s: %s, by %s: %s\n", l.ID(), l.Value(), l.By, l.Text)
	}
	// Output:
	// DUMP
	// service/upper: rate=2.5 burst=5, by anna/1: be kind
	// key/db: running=2, by anna/1: the disk is slow
}

// A task says itself how many of its sort may run at a time. Those of one client
// take turns with those of others; clients of one name are one client.
func ExampleAs() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address, client.As("nightly"))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	var handles []*client.Handle
	for _, body := range []string{"one", "two", "three"} {
		h, err := c.Submit(ctx, client.Task{Service: "upper", Body: []byte(body), LimitKeys: []string{"license=1"}})
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
		fmt.Printf("%s\n", result.Body)
	}
	// Output:
	// ONE
	// TWO
	// THREE
}
