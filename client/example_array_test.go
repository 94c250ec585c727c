package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

// An array is one submit of many tasks, each with an index. Its end is that of the
// whole.
func ExampleTask_array() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	defer startSquares(address)()
	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	h, err := c.Submit(ctx, client.Task{Service: "square", Array: "0-9,20", ArrayRunning: 3})
	if err != nil {
		log.Fatal(err)
	}
	whole, err := h.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	members, err := whole.Members()
	if err != nil {
		log.Fatal(err)
	}
	last, err := c.Wait(ctx, h.Member(10)) // the member of index 20
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s; the last one: %s\n", members, last.Body)
	// Output: 11 of 11 members done; the last one: 400
}

// When as many members have failed as may, those that have not ended are canceled.
func ExampleTask_arrayFailures() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	defer startSquares(address)()
	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	h, err := c.Submit(ctx, client.Task{
		Service: "square", Array: "13-100", ArrayRunning: 1, ArrayFailures: 1, // 13 is bad luck
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = h.Wait(ctx)
	var failed *client.TaskError
	if !errors.As(err, &failed) || failed.State != journal.Failed {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\n", failed.Reason, failed.Text)
	// Output: array-failures: 0 of 88 members done, 1 failed, 87 canceled
}

// Where each member stands, also those that have not started.
func ExampleClient_Members() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	defer startSquares(address)()
	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	h, err := c.Submit(ctx, client.Task{Service: "square", Array: "11-15", ArrayRunning: 1, ArrayFailures: 1}) // 13 is bad luck
	if err != nil {
		log.Fatal(err)
	}
	_, _ = h.Wait(ctx) // it fails, as below
	for m, err := range c.Members(ctx, h.ID()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(*m.Index, m.State, m.Attempt, m.Reason)
	}
	// Output:
	// 11 done 1 finished
	// 12 done 1 finished
	// 13 failed 1 error
	// 14 canceled 0 array-failures
	// 15 canceled 0 array-failures
}

// startSquares runs a worker that squares the index that each of its tasks has.
func startSquares(address string) (stop func()) {
	return startWorkerAs(worker.Config{
		Broker: address, Name: "squares", Services: []string{"square"}, Slots: 4,
		Handler: func(_ context.Context, t *worker.Task) ([]byte, error) {
			if t.Index == 13 {
				return nil, errors.New("bad luck")
			}
			return fmt.Appendf(nil, "%d", t.Index*t.Index), nil
		},
	})
}
