package client_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"bcp/client"
	"bcp/worker"
)

// startTeller starts a worker whose results tell where they come from.
func startTeller(cfg worker.Config) (stop func()) {
	cfg.Handler = func(_ context.Context, t *worker.Task) ([]byte, error) {
		return fmt.Appendf(nil, "%s at %s", t.Body, cfg.Name), nil
	}
	return startWorkerAs(cfg)
}

// A task selects its worker by labels, and goes to the least busy of those that
// match and have as much left as it asks for.
func ExampleTask_where() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	defer startTeller(worker.Config{
		Broker: address, Name: "node1", Services: []string{"train"},
		Labels: map[string]string{"zone": "a"},
	})()
	defer startTeller(worker.Config{
		Broker: address, Name: "node2", Services: []string{"train"}, Slots: 4,
		Labels:    map[string]string{"gpu": "a100", "zone": "b"},
		Resources: map[string]string{"cpu": "8", "mem": "32GiB"},
	})()
	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	for _, t := range []client.Task{
		{Service: "train", Body: []byte("needs a gpu"), Where: "gpu=a100|h100", Resources: map[string]string{"cpu": "2.5", "mem": "4GiB"}},
		{Body: []byte("any worker of the zone"), Where: "zone=a"},
	} {
		h, err := c.Submit(ctx, t)
		if err != nil {
			log.Fatal(err)
		}
		result, err := h.Wait(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\n", result.Body)
	}
	// Output:
	// needs a gpu at node2
	// any worker of the zone at node1
}

// A task runs where another one ran; and a task that prefers a worker which is not
// there is content with any after a while.
func ExampleTask_sameWorker() {
	address, stop := exampleBroker()
	defer stop()
	ctx := context.Background()

	defer startTeller(worker.Config{Broker: address, Name: "node1", Services: []string{"report"}})()
	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	first, err := c.Submit(ctx, client.Task{Service: "report", Body: []byte("makes a file")})
	if err != nil {
		log.Fatal(err)
	}
	second, err := c.Submit(ctx, client.Task{Body: []byte("reads the file"), SameWorkerAs: first.ID()})
	if err != nil {
		log.Fatal(err)
	}
	third, err := c.Submit(ctx, client.Task{
		Service: "report", Body: []byte("not on a fast disk"), Prefer: "disk=fast", PreferFor: 50 * time.Millisecond,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, h := range []*client.Handle{first, second, third} {
		result, err := h.Wait(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\n", result.Body)
	}
	// Output:
	// makes a file at node1
	// reads the file at node1
	// not on a fast disk at node1
}
