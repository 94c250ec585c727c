package client_test

import (
	"context"
	"fmt"
	"log"

	"bcp/client"
	"bcp/journal"
)

// Many tasks are canceled together: counted first, and with the reason in each one's history.
func ExampleWhere_Cancel() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	tasks := make([]client.Task, 1000)
	for i := range tasks {
		tasks[i] = client.Task{Service: "later", Labels: map[string]string{"run": "7"}}
	}
	if _, err := c.SubmitBatch(ctx, tasks); err != nil {
		log.Fatal(err)
	}
	run7 := c.Where("label.run=7")
	would, err := run7.DryRun().Cancel(ctx, "")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(would.Tasks, "would be canceled,", would.States[journal.Pending], "of them pending")
	done, err := run7.Cancel(ctx, "run 8 is better")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(done.Tasks, "canceled")
	// Output:
	// 1000 would be canceled, 1000 of them pending
	// 1000 canceled
}

// What a change would do is told task by task.
func ExampleWhere_Each() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	for _, priority := range []int{1, 2} {
		if _, err := c.Submit(ctx, client.Task{Service: "later", Priority: priority}); err != nil {
			log.Fatal(err)
		}
	}
	tell := func(t client.Changed) { fmt.Println(t.Before, t.Changes, t.Err) }
	urgent := client.Edit{Set: client.Task{Priority: 10}, Reason: "the mail leaves at five"}
	if _, err := c.Where("service=later").DryRun().Each(tell).Edit(ctx, urgent); err != nil {
		log.Fatal(err)
	}
	// Output:
	// pending [priority 1 -> 10] <nil>
	// pending [priority 2 -> 10] <nil>
}

// Tasks are put aside, and let go on.
func ExampleWhere_Hold() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	for range 3 {
		if _, err := c.Submit(ctx, client.Task{Service: "later"}); err != nil {
			log.Fatal(err)
		}
	}
	held, err := c.Where("service=later").Hold(ctx, "the disk is full")
	if err != nil {
		log.Fatal(err)
	}
	released, err := c.Where("held service=later").Release(ctx, "it is not")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(held.Tasks, "held,", released.Tasks, "released")
	// Output: 3 held, 3 released
}

// Tasks for a worker that is broken go to another one, or are given up.
func ExampleWhere_Move() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	for range 2 {
		if _, err := c.Submit(ctx, client.Task{Worker: "node7"}); err != nil {
			log.Fatal(err)
		}
	}
	moved, err := c.Where("worker=node7").Move(ctx, journal.Target{Kind: journal.ToService, Name: "later"}, "node7 is broken")
	if err != nil {
		log.Fatal(err)
	}
	dropped, err := c.Where("service=later").Drop(ctx, "nobody wants them any more")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(moved.Tasks, "moved,", dropped.Tasks, "dropped")
	// Output: 2 moved, 2 dropped
}

// Of tasks that have failed others are made, once, however often that is asked for.
func ExampleWhere_Retry() {
	ctx := context.Background()
	c, stop := exampleClient(ctx)
	defer stop()

	for range 2 {
		h, err := c.Submit(ctx, client.Task{Service: "upper"}) // which fails without a body
		if err != nil {
			log.Fatal(err)
		}
		if _, err := h.Wait(ctx); err == nil {
			log.Fatal("it is done")
		}
	}
	failed := c.Where("state=failed retry-of!=*").Keys("once-more")
	for range 2 {
		if _, err := failed.Retry(ctx, "the parser is mended"); err != nil {
			log.Fatal(err)
		}
	}
	n, err := c.Count(ctx, "retry-of=* state=any")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n, "tasks were made")
	// Output: 2 tasks were made
}
