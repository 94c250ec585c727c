package worker_test

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"sync"

	"bcp/broker/server"
	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

// site is a broker with a client, for examples. Its journal is in memory.
type site struct {
	address string
	client  *client.Client
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func newSite() *site {
	store := journal.NewMemDisk("example").Open()
	broker, err := server.New(server.Config{Listen: []string{"tcp://127.0.0.1:*"}}, store, slog.New(slog.DiscardHandler))
	must(err)
	x := &site{address: broker.Endpoints()[0]}
	x.ctx, x.cancel = context.WithCancel(context.Background())
	x.running.Go(func() { must(errors.Join(broker.Run(x.ctx), store.Close())) })
	x.client, err = client.Dial(x.ctx, x.address)
	must(err)
	return x
}

// work runs a worker until the site is closed.
func (x *site) work(cfg worker.Config) {
	cfg.Broker = x.address
	w, err := worker.New(cfg)
	must(err)
	x.running.Go(func() { must(w.Run(x.ctx)) })
}

// submit submits a task whose end is waited for later.
func (x *site) submit(t client.Task) *client.Handle {
	h, err := x.client.Submit(x.ctx, t)
	must(err)
	return h
}

// do submits a task and waits for its end.
func (x *site) do(t client.Task) (client.Result, error) { return x.submit(t).Wait(x.ctx) }

func (x *site) close() {
	must(x.client.Close())
	x.cancel()
	x.running.Wait()
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
