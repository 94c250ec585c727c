package client_test

import (
	"context"
	"fmt"
	"log"

	"bcp/client"
	"bcp/journal"
)

// What was asked for with a task can be changed while it has not ended.
func ExampleClient_Edit() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	var handles []*client.Handle
	for _, letter := range []string{"archive", "letter"} {
		h, err := c.Submit(ctx, client.Task{Worker: "printer", Body: []byte(letter)})
		if err != nil {
			log.Fatal(err)
		}
		handles = append(handles, h)
	}
	urgent := client.Edit{Set: client.Task{Priority: 10}, Reason: "the mail leaves at five"}
	if _, err := c.Edit(ctx, handles[1].ID(), urgent); err != nil {
		log.Fatal(err)
	}
	defer startPrinter(address)() // it does one task at a time
	for _, h := range handles {
		if _, err := h.Wait(ctx); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// letter
	// archive
}

// Tasks are found by what they are, whoever submitted them.
func ExampleClient_Find() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	for _, key := range []string{"job-1", "job-2", "other"} {
		t := client.Task{Service: "later", Key: key, Labels: map[string]string{"run": "7"}}
		if _, err := c.Submit(ctx, t); err != nil {
			log.Fatal(err)
		}
	}
	n, err := c.Count(ctx, "label.run=7")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n, "tasks of run 7")
	for t, err := range c.Find(ctx, "label.run=7 key=job-* age<1h") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(t.Spec.Key, t.State)
	}
	// Output:
	// 3 tasks of run 7
	// job-1 pending
	// job-2 pending
}

// A task that nobody does is given to a worker that can, or given up.
func ExampleClient_Move() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	first, err := c.Submit(ctx, client.Task{Service: "uper", Body: []byte("mistyped")})
	if err != nil {
		log.Fatal(err)
	}
	second, err := c.Submit(ctx, client.Task{Service: "uper"})
	if err != nil {
		log.Fatal(err)
	}
	upper := journal.Target{Kind: journal.ToService, Name: "upper"}
	if _, err := c.Move(ctx, first.ID(), upper, "it was mistyped"); err != nil {
		log.Fatal(err)
	}
	result, err := first.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", result.Body)
	dropped, err := c.Drop(ctx, second.ID(), "it is empty")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(dropped.State, dropped.Reason)
	// Output:
	// MISTYPED
	// canceled dropped
}

// A task that has ended is tried again as another one, with the same body.
func ExampleClient_Retry() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	h, err := c.Submit(ctx, client.Task{Service: "upper", Body: []byte("once more"), Hold: true})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Cancel(ctx, h.ID(), "not today"); err != nil {
		log.Fatal(err)
	}
	again, err := c.Retry(ctx, h.ID(), "today after all")
	if err != nil {
		log.Fatal(err)
	}
	result, err := c.Wait(ctx, again.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("another task: %v, %s: %s\n", again.ID != h.ID(), result.State, result.Body)
	// Output: another task: true, done: ONCE MORE
}
