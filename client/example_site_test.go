package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"bcp/broker/server"
	"bcp/client"
	"bcp/journal/bolt"
	"bcp/worker"
)

// exampleBroker starts a broker on a new journal, and a worker for the service
// "upper". It returns the broker's address.
func exampleBroker() (address string, stop func()) {
	dir, err := os.MkdirTemp("", "bcp-example-")
	if err != nil {
		log.Fatal(err)
	}
	store, err := bolt.Open(filepath.Join(dir, "bcp.db"), bolt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	s, err := server.New(server.Config{Listen: []string{"tcp://127.0.0.1:*"}}, store, slog.New(slog.DiscardHandler))
	if err != nil {
		log.Fatal(err)
	}
	address = s.Endpoints()[0]
	stopWorker := startWorkerAs(worker.Config{Broker: address, Name: "w1", Services: []string{"upper"}, Handler: upper})
	stopBroker := background(func(ctx context.Context) error { return errors.Join(s.Run(ctx), store.Close()) })
	return address, func() {
		stopWorker()
		stopBroker()
		report(os.RemoveAll(dir))
	}
}

// exampleClient is a client of an exampleBroker.
func exampleClient(ctx context.Context) (c *client.Client, stop func()) {
	address, stopBroker := exampleBroker()
	c, err := client.Dial(ctx, address)
	if err != nil {
		log.Fatal(err)
	}
	return c, func() {
		report(c.Close())
		stopBroker()
	}
}

func report(err error) {
	if err != nil {
		log.Print(err)
	}
}

func upper(_ context.Context, t *worker.Task) ([]byte, error) {
	if len(t.Body) == 0 {
		return nil, errors.New("nothing to do")
	}
	return bytes.ToUpper(t.Body), nil
}

// startPrinter starts a worker that prints the bodies of its tasks.
func startPrinter(address string) (stop func()) {
	return startWorkerAs(worker.Config{Broker: address, Name: "printer", Handler: func(_ context.Context, t *worker.Task) ([]byte, error) {
		fmt.Println(string(t.Body))
		return nil, nil
	}})
}

// startWorkerAs runs a worker until stop is called.
func startWorkerAs(cfg worker.Config) (stop func()) {
	w, err := worker.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	return background(w.Run)
}

// background runs something until stop is called.
func background(run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- run(ctx) }()
	return func() {
		cancel()
		report(<-ended)
	}
}
