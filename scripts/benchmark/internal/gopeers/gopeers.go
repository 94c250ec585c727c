// Package gopeers makes a benchmark's peers with the packages that everyone
// uses: client and worker.
//
//	one goroutine per client --SubmitAsync, Handle.Wait--> broker
//	worker.Run                                        <--> broker
package gopeers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"bcp/client"
	"bcp/scripts/benchmark/internal/load"
	"bcp/worker"
)

// openMax is how long the broker may take to know all peers.
const openMax = time.Minute

// peers are load.Peers of the Go packages.
type peers struct {
	shape   load.Shape
	body    []byte
	clients []*client.Client
	ended   atomic.Int64

	workers sync.WaitGroup
	stop    context.CancelFunc
	failed  chan error // of the first worker that ended by itself
}

// Open connects all peers and waits until the broker knows them.
func Open(ctx context.Context, shape load.Shape) (load.Peers, error) {
	p := &peers{shape: shape, body: make([]byte, shape.BodySize), failed: make(chan error, 1)}
	ctx, cancel := context.WithTimeout(ctx, openMax)
	defer cancel()
	err := p.startWorkers()
	if err == nil {
		err = p.dial(ctx)
	}
	if err == nil {
		err = p.greet(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func workerName(n int) string { return fmt.Sprintf("%s-%d", load.Service, n) }

func (p *peers) startWorkers() error {
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	for n := range p.shape.Workers {
		w, err := worker.New(worker.Config{
			Broker: p.shape.Address, Name: workerName(n), Services: []string{load.Service},
			Slots: p.shape.Slots, DrainTimeout: -1,
			Handler: func(context.Context, *worker.Task) ([]byte, error) { return nil, nil },
		})
		if err != nil {
			return err
		}
		p.workers.Go(func() { p.run(ctx, w) })
	}
	return nil
}

func (p *peers) run(ctx context.Context, w *worker.Worker) {
	if err := w.Run(ctx); err != nil && ctx.Err() == nil {
		select {
		case p.failed <- err:
		default:
		}
	}
}

func (p *peers) dial(ctx context.Context) error {
	for range p.shape.Clients {
		c, err := client.Dial(ctx, p.shape.Address)
		if err != nil {
			return err
		}
		p.clients = append(p.clients, c)
	}
	return nil
}

// greet gives each worker a task, so that all are known to be there.
func (p *peers) greet(ctx context.Context) error {
	handles := make([]*client.Handle, p.shape.Workers)
	for n := range handles {
		var err error
		if handles[n], err = p.clients[0].SubmitAsync(ctx, client.Task{Worker: workerName(n)}); err != nil {
			return err
		}
	}
	for _, h := range handles {
		if _, err := h.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *peers) task() client.Task { return client.Task{Service: load.Service, Body: p.body} }

// Lone implements load.Peers.
func (p *peers) Lone(ctx context.Context, d time.Duration) ([]time.Duration, error) {
	var took []time.Duration
	for end := time.Now().Add(d); time.Now().Before(end); {
		began := time.Now()
		h, err := p.clients[0].SubmitAsync(ctx, p.task())
		if err != nil {
			return nil, err
		}
		if _, err := h.Wait(ctx); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	p.ended.Add(int64(len(took)))
	return took, nil
}

// Load implements load.Peers.
func (p *peers) Load(ctx context.Context, warm, d time.Duration, mark func(ended int)) error {
	enough := make(chan struct{})
	errs := make(chan error, len(p.clients))
	for i, c := range p.clients {
		window := p.shape.Outstanding / len(p.clients)
		if i < p.shape.Outstanding%len(p.clients) {
			window++
		}
		go func() { errs <- p.keep(ctx, c, window, enough) }()
	}
	err := p.pass(ctx, warm)
	mark(int(p.ended.Load()))
	if err == nil {
		err = p.pass(ctx, d)
	}
	mark(int(p.ended.Load()))
	close(enough)
	for range p.clients {
		err = errors.Join(err, <-errs)
	}
	return err
}

// Idle implements load.Peers.
func (p *peers) Idle(ctx context.Context, d time.Duration) error { return p.pass(ctx, d) }

// pass lets the time pass, unless a worker fails.
func (p *peers) pass(ctx context.Context, d time.Duration) error {
	select {
	case err := <-p.failed:
		return fmt.Errorf("worker: %w", err)
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// keep keeps a window of tasks in the broker, and waits for the oldest, until
// it is enough; then it waits for all.
func (p *peers) keep(ctx context.Context, c *client.Client, window int, enough chan struct{}) error {
	handles := make([]*client.Handle, 0, window)
	for next := 0; window > 0 && !isClosed(enough); next = (next + 1) % window {
		h, err := c.SubmitAsync(ctx, p.task())
		if err != nil {
			return err
		}
		if len(handles) < window {
			handles = append(handles, h)
			continue
		}
		oldest := handles[next]
		handles[next] = h
		if err := p.await(ctx, oldest); err != nil {
			return err
		}
	}
	for _, h := range handles {
		if err := p.await(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

func (p *peers) await(ctx context.Context, h *client.Handle) error {
	if _, err := h.Wait(ctx); err != nil {
		return err
	}
	p.ended.Add(1)
	return nil
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Close implements load.Peers.
func (p *peers) Close() error {
	p.stop()
	var err error
	for _, c := range p.clients {
		err = errors.Join(err, c.Close())
	}
	p.workers.Wait()
	return err
}
