package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strconv"
	"time"

	"bcp/client"
	"bcp/worker"
)

// A task's second attempt goes on where the first one has failed: from the state
// that it saved. Who submitted it is told how far it is.
func ExampleTask_progress() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	defer startWorkerAs(worker.Config{Broker: address, Name: "counter", Handler: countRows})()

	last := client.Progress{}
	h, err := c.Submit(ctx, client.Task{
		Worker: "counter", Tries: 2, RunTimeout: time.Minute,
		OnProgress: func(p client.Progress) { last = p },
	})
	if err != nil {
		log.Fatal(err)
	}
	result, err := h.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", result.Body)
	fmt.Printf("the last word: attempt %d, %.0f%%, rows=%s\n", last.Attempt, last.Fraction*100, last.Pairs["rows"])
	// Output:
	// attempt 2 began at row 6 and counted to 10
	// the last word: attempt 2, 100%, rows=10
}

// countRows counts to ten, from where an earlier attempt has come to; its first
// attempt fails at six.
func countRows(ctx context.Context, t *worker.Task) ([]byte, error) {
	if err := t.Extend(ctx, worker.RunTimeout, time.Hour, "many rows"); err != nil {
		return nil, err
	}
	begin, _ := strconv.Atoi(string(t.Checkpoint)) // 0 if nothing is saved yet
	for row := begin + 1; row <= 10; row++ {
		if row == 7 && t.Attempt == 1 {
			return nil, errors.New("out of paper")
		}
		if err := t.Set("rows", strconv.Itoa(row)); err != nil {
			return nil, err
		}
		t.Progress(float32(row)/10, "counting")
		if err := t.SaveCheckpoint(ctx, strconv.AppendInt(nil, int64(row), 10)); err != nil {
			return nil, err
		}
	}
	return fmt.Appendf(nil, "attempt %d began at row %d and counted to 10", t.Attempt, begin), nil
}
