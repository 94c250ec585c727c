package worker_test

import (
	"context"
	"fmt"
	"time"

	"bcp/client"
	"bcp/worker"
)

// A handler that sees that its work takes longer gives itself more time, and is told
// when that is in the broker's journal. Less time than was left works as well.
func ExampleTask_Extend() {
	site := newSite()
	defer site.close()

	site.work(worker.Config{Name: "reader", Handler: func(ctx context.Context, t *worker.Task) ([]byte, error) {
		if err := t.Extend(ctx, worker.RunTimeout, 2*time.Hour, "a large book"); err != nil {
			return nil, err // the attempt is not the task's any more, or the broker refuses it
		}
		fmt.Println("reads on")
		return nil, nil
	}})
	_, err := site.do(client.Task{Worker: "reader", RunTimeout: time.Minute})
	must(err)
	for task, err := range site.client.Find(site.ctx, "worker=reader state=any") {
		must(err)
		fmt.Println("more than an hour:", task.Spec.RunTimeoutMS > time.Hour.Milliseconds())
	}
	// Output:
	// reads on
	// more than an hour: true
}

// A handler in a loop doesn't wait for the broker: of many words in a row the latest
// counts. What is no time-out, or too long, is told at once.
func ExampleTask_ExtendSoon() {
	site := newSite()
	defer site.close()

	site.work(worker.Config{Name: "reader", Handler: func(_ context.Context, t *worker.Task) ([]byte, error) {
		for range 3 {
			if err := t.ExtendSoon(worker.SilenceTimeout, time.Hour, "a page with small print"); err != nil {
				return nil, err
			}
		}
		return nil, t.ExtendSoon(worker.LifeTimeout, 100*365*24*time.Hour, "a library")
	}})
	_, err := site.do(client.Task{Worker: "reader", SilenceTimeout: time.Minute})
	fmt.Println(err.(*client.TaskError).Text)
	// Output: bad-option: life-timeout 36500d: 0s to 3650d (10 years) are accepted
}
