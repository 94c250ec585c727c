package client_test

import (
	"context"
	"fmt"
	"log"

	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

// A broadcast is one submit of a task for each worker that a service has. Its end is
// that of the whole, and its result tells of each.
func ExampleTask_all() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	for _, name := range []string{"node1", "node2", "node3"} {
		defer startTeller(worker.Config{Broker: address, Name: name, Services: []string{"upgrade"}})()
	}
	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := allThere(ctx, c, "node1", "node2", "node3"); err != nil {
		log.Fatal(err)
	}
	h, err := c.Submit(ctx, client.Task{Service: "upgrade", All: true, Body: []byte("version 2"), OnAway: journal.AwaySkip})
	if err != nil {
		log.Fatal(err)
	}
	whole, err := h.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	summary, err := whole.Summary()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.Numbers)
	for _, seat := range summary.Each {
		member, err := c.Wait(ctx, h.Member(seat.Index))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s is %s: %s\n", seat.Worker, seat.State, member.Body)
	}
	// Output:
	// 3 of 3 members done
	// node1 is done: version 2 at node1
	// node2 is done: version 2 at node2
	// node3 is done: version 2 at node3
}

// With late joiners it is also for workers that come before it has ended.
func ExampleTask_lateJoiners() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	h, err := c.Submit(ctx, client.Task{Where: "zone=a", All: true, LateJoiners: true, Body: []byte("hello")}) // nobody is there
	if err != nil {
		log.Fatal(err)
	}
	defer startTeller(worker.Config{Broker: address, Name: "node4", Services: []string{"any"}, Labels: map[string]string{"zone": "a"}})()
	whole, err := h.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	summary, err := whole.Summary()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.Numbers, "by", summary.Each[0].Worker)
	// Output: 1 of 1 members done by node4
}

// allThere waits until the workers have registered.
func allThere(ctx context.Context, c *client.Client, names ...string) error {
	for _, name := range names {
		h, err := c.Submit(ctx, client.Task{Worker: name})
		if err != nil {
			return err
		}
		if _, err := h.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}
