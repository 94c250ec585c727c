package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bcp/scripts/benchmark/internal/bare"
	"bcp/scripts/benchmark/internal/echo"
	"bcp/scripts/benchmark/internal/load"
)

// loneCell compares a lone task with what it is made of: commits of the journal and
// messages through a ROUTER.
type loneCell struct{ o *options }

// What a lone task waits for, one after the other: its submit and dispatch are one
// commit, its start and end another; its client waits for an answer, and within that
// the broker for its worker's.
const (
	loneCommits = 2
	loneTrips   = 2
)

// Columns of the cell.
const (
	commitMS = "one commit ms"
	tripMS   = "one ROUTER round trip ms"
	ofParts  = "of 2 commits, 2 round trips"
)

func newLoneCell(o *options) cell { return loneCell{o} }

func (c loneCell) measure(ctx context.Context, s *sheet) error {
	s.Head = "lone task, 1 worker: peers"
	s.note("medians; the commit is of one record, by the journal alone; the round trip is of one message with a body of %d bytes, over TCP", c.o.shape.BodySize)
	commit, err := c.commit()
	if err != nil {
		return fmt.Errorf("commit of one record: %w", err)
	}
	trip, err := c.trip(ctx)
	if err != nil {
		return err
	}
	for _, kind := range c.o.peers {
		p50, err := c.task(ctx, kind)
		if err != nil {
			return err
		}
		s.add(kind, loneP50, p50)
		s.add(kind, commitMS, commit)
		s.add(kind, tripMS, trip)
		s.add(kind, ofParts, p50/(loneCommits*commit+loneTrips*trip))
	}
	return nil
}

// commit returns the median time of a commit of one record, in milliseconds.
func (c loneCell) commit() (ms float64, err error) {
	f, err := bare.NewFlow(c.o.dir, c.o.shape.BodySize)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	us, err := f.CommitOne()
	return us / 1e3, err
}

// trip returns the median time of a round trip, in milliseconds.
func (c loneCell) trip(ctx context.Context) (ms float64, err error) {
	return withEcho(ctx, c.o, func(d *daemon) (float64, error) {
		took, err := echo.Trip(d.address, c.o.shape.BodySize, c.o.lone)
		return in(time.Millisecond, load.Percentile(took, 0.5)), err
	})
}

// task returns the median time of a lone task, in milliseconds.
func (c loneCell) task(ctx context.Context, kind string) (ms float64, err error) {
	return withDaemon(ctx, c.o.dir, c.o.brokerCommand, func(d *daemon) (float64, error) {
		peers, err := openers[kind](ctx, c.o.shapeOf(d.addressFor(kind), 1))
		if err != nil {
			return 0, fmt.Errorf("open peers: %w", err)
		}
		took, err := peers.Lone(ctx, c.o.lone)
		return in(time.Millisecond, load.Percentile(took, 0.5)), errors.Join(err, peers.Close())
	})
}
