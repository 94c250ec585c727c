package client_test

import (
	"context"
	"fmt"
	"log"

	"bcp/client"
	"bcp/journal"
)

// A graph of tasks is submitted as one batch: all of it is accepted, or nothing.
// Tasks name each other by their place.
func ExampleClient_SubmitBatch() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	after := func(indexes ...int) (list []journal.Dependency) {
		for _, i := range indexes {
			list = append(list, journal.Dependency{Task: client.InBatch(i), Wants: journal.WantsDone})
		}
		return list
	}
	handles, err := c.SubmitBatch(ctx, []client.Task{
		{Service: "upper", Key: "run-7/report", Body: []byte("report"), After: after(2, 3)},
		{Service: "upper", Key: "run-7/fetch", Body: []byte("fetch")},
		{Service: "upper", Key: "run-7/left", Body: []byte("left half"), After: after(1)},
		{Service: "upper", Key: "run-7/right", Body: []byte("right half"), After: after(1)},
	})
	if err != nil {
		log.Fatal(err) // a *client.BatchError tells which task it is
	}
	result, err := handles[0].Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, after all of the others\n", result.Body)
	// Output: REPORT, after all of the others
}
