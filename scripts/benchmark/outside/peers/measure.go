package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

// system is a peer: its server, and how clients and workers speak with it.
type system interface {
	// start starts the server with its data in the folder, and returns when it listens.
	start(ctx context.Context, s *servers, dir string) error

	// worker connects worker number n. It serves, beside the caller, until the context
	// ends: it takes a task, and stores and tells its end. Errors go to fail.
	worker(ctx context.Context, n int, fail func(error)) error

	// client connects client number n. It calls ended for every task of its own that
	// it is told the end of. What it returns submits so many tasks with this body.
	client(ctx context.Context, n int, ended func(), fail func(error)) (submit func(tasks int, body []byte) error, err error)

	// note tells what it lacks, and how it is set up.
	note() string
}

// measurer is a peer that has to be measured by a program of its own.
type measurer interface {
	measure(ctx context.Context, o options, s *servers, dir string) (figures, error)
}

const (
	// submitMax is how many tasks a client submits at once, when so many have ended.
	submitMax = 64

	// loneMax is how long a lone task may take.
	loneMax = 30 * time.Second
)

// measure starts a peer, measures it and ends it.
func measure(ctx context.Context, o options, sys system) (found figures, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	dir, err := os.MkdirTemp(o.dir, "bcp-bench-")
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // the server may run as another user
		return found, err
	}
	if m, ok := sys.(interface{ workersMax() int }); ok { // a worker costs its server much
		o.workers = min(o.workers, m.workersMax())
	}
	if m, ok := sys.(interface{ outstandingMax() int }); ok {
		o.outstanding = min(o.outstanding, m.outstandingMax())
	}
	s := &servers{log: dir + "/server.log", end: syscall.SIGTERM}
	defer s.stop()
	if err := sys.start(ctx, s, dir); err != nil {
		return found, fmt.Errorf("start: %w; %s", err, s.words())
	}
	if m, ok := sys.(measurer); ok {
		found, err = m.measure(ctx, o, s, dir)
		found.Note, found.Workers = sys.note(), o.workers
		return found, err
	}
	f := &fleet{o: o, sys: sys, servers: s, fail: func(err error) { cancel(err) }}
	if err := f.open(ctx); err != nil {
		return found, fmt.Errorf("connect: %w; %s", err, s.words())
	}
	found, err = f.measure(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	found.Note, found.Workers = sys.note(), o.workers
	return found, err
}

// fleet is the clients and workers of a peer.
type fleet struct {
	o       options
	sys     system
	servers *servers
	fail    func(error)
	body    []byte

	clients []*client
	ended   atomic.Int64
}

// client keeps tasks in the server.
type client struct {
	submit func(tasks int, body []byte) error
	free   chan struct{} // one for each task that it may submit
}

func (f *fleet) open(ctx context.Context) error {
	f.body = make([]byte, f.o.body)
	for i := range f.body { // printable: some keep text
		f.body[i] = 'a' + byte(i%26)
	}
	for n := range f.o.workers {
		if err := f.sys.worker(ctx, n, f.fail); err != nil {
			return fmt.Errorf("worker %d: %w", n, err)
		}
	}
	for n := range f.o.clients {
		c := &client{free: make(chan struct{}, f.o.outstanding)}
		ended := func() {
			f.ended.Add(1)
			c.free <- struct{}{}
		}
		var err error
		if c.submit, err = f.sys.client(ctx, n, ended, f.fail); err != nil {
			return fmt.Errorf("client %d: %w", n, err)
		}
		f.clients = append(f.clients, c)
	}
	return nil
}

func (f *fleet) measure(ctx context.Context) (found figures, err error) {
	took, err := f.lone(ctx)
	if err != nil {
		return found, fmt.Errorf("lone tasks: %w", err)
	}
	slices.Sort(took)
	found.P50MS = float64(took[len(took)/2]) / 1e6
	found.P99MS = float64(took[len(took)*99/100]) / 1e6
	for _, c := range f.clients {
		go f.keep(ctx, c)
	}
	if err := pass(ctx, f.o.warm); err != nil {
		return found, err
	}
	ended, cpu, began := f.ended.Load(), f.servers.cpu(), time.Now()
	if err := pass(ctx, f.o.load); err != nil {
		return found, err
	}
	tasks := float64(f.ended.Load() - ended)
	if tasks == 0 {
		return found, errors.New("no task has ended")
	}
	found.PerSecond = tasks / time.Since(began).Seconds()
	found.ServerUS = float64((f.servers.cpu() - cpu).Microseconds()) / tasks
	return found, nil
}

// lone submits one task at a time.
func (f *fleet) lone(ctx context.Context) (took []time.Duration, err error) {
	c := f.clients[0]
	for end := time.Now().Add(f.o.lone); len(took) == 0 || time.Now().Before(end); {
		began := time.Now()
		if err := c.submit(1, f.body); err != nil {
			return nil, err
		}
		select {
		case <-c.free:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(loneMax):
			return nil, fmt.Errorf("a task has not ended after %v", loneMax)
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// keep keeps the client's share of the tasks in the server.
func (f *fleet) keep(ctx context.Context, c *client) {
	for range f.o.outstanding / f.o.clients {
		c.free <- struct{}{}
	}
	for {
		select {
		case <-c.free:
		case <-ctx.Done():
			return
		}
		tasks := 1
		for ; tasks < submitMax && len(c.free) > 0; tasks++ {
			<-c.free
		}
		if err := c.submit(tasks, f.body); err != nil {
			f.fail(fmt.Errorf("submit: %w", err))
			return
		}
	}
}

func pass(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
