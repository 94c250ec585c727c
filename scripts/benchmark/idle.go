package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bcp/scripts/benchmark/internal/lean"
	"bcp/scripts/benchmark/internal/load"
)

// idleCell is a broker with many workers that have nothing to do.
type idleCell struct{ o *options }

// Columns of the cell.
const (
	idleCPU    = "broker's CPU, % of a core"
	perWorker  = "KB a worker"
	thenSecond = "then tasks/s"
)

func newIdleCell(o *options) cell { return idleCell{o} }

func (c idleCell) measure(ctx context.Context, s *sheet) error {
	s.Head = "idle workers"
	s.note("each worker and the broker say every 2.5 s that they live; then tasks for all of them")
	for _, workers := range c.o.idle {
		progress("   %d workers", workers)
		f, err := withDaemon(ctx, c.o.dir, c.o.brokerCommand, func(d *daemon) (idleness, error) { return c.one(ctx, d, workers) })
		if err != nil {
			return fmt.Errorf("%d workers: %w", workers, err)
		}
		row := fmt.Sprint(workers)
		s.add(row, idleCPU, 100*f.share)
		s.add(row, residentMB, float64(f.memory)/1e6)
		s.add(row, perWorker, float64(f.memory-f.alone)/1e3/float64(workers))
		s.add(row, thenSecond, f.perSecond)
	}
	return nil
}

// idleness is what one broker shows.
type idleness struct {
	share         float64 // of a core
	alone, memory int64   // bytes, without workers and with them
	perSecond     float64 // tasks, then
}

// one measures one broker: first idle, and then, for a moment, busy.
func (c idleCell) one(ctx context.Context, d *daemon, workers int) (f idleness, err error) {
	if f.alone, err = d.memory(); err != nil {
		return f, err
	}
	peers, err := lean.Open(ctx, c.o.shapeOf(d.address, workers))
	if err != nil {
		return f, fmt.Errorf("open peers: %w", err)
	}
	defer func() { err = errors.Join(err, peers.Close()) }()
	if f.share, err = c.rest(ctx, d, peers); err != nil {
		return f, err
	}
	if f.memory, err = d.memory(); err != nil {
		return f, err
	}
	marks := newMarks(d)
	if err := peers.Load(ctx, c.o.warm, c.o.load, marks.add); err != nil {
		return f, fmt.Errorf("load: %w", err)
	}
	m, err := marks.measurement()
	f.perSecond = m.perSecond
	return f, err
}

// rest lets all be idle, and returns which share of a core the broker took.
func (c idleCell) rest(ctx context.Context, d *daemon, peers load.Peers) (float64, error) {
	before, err := d.cpu()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := peers.Idle(ctx, c.o.rest); err != nil {
		return 0, fmt.Errorf("idle: %w", err)
	}
	after, err := d.cpu()
	return (after - before).Seconds() / time.Since(began).Seconds(), err
}
