package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bcp/scripts/benchmark/internal/echo"
	"bcp/scripts/benchmark/internal/lean"
)

// bodiesCell compares tasks with large bodies with messages of that size that a
// ROUTER sends back: each passes through either once.
type bodiesCell struct{ o *options }

const (
	// bodyPeers is how many workers there are, and clients, and connections of the echo.
	bodyPeers = 4

	// bodyBytes is how many bytes of bodies are under way at a time, about.
	bodyBytes = 32 << 20

	// bodyTasks is how many tasks are under way at most, however small.
	bodyTasks = 256

	// bodyLoad is how long is measured, if short cells are asked for thrice as long as
	// others: large bodies end in waves.
	bodyLoad = 5 * time.Second
)

// Columns of the cell.
const (
	bodyMB = "MB/s"
	echoMB = "ROUTER echo MB/s"
)

func newBodiesCell(o *options) cell { return bodiesCell{o} }

func (c bodiesCell) close() error { return nil }

func (c bodiesCell) measure(ctx context.Context, s *sheet) error {
	s.Head = "bytes in a body"
	s.note("%d workers, with slots for all that is under way, and %d clients; a body is on the disk before its task is accepted; the echo keeps nothing", bodyPeers, bodyPeers)
	for _, size := range c.o.sizes {
		progress("   bodies of %d bytes", size)
		if err := c.one(ctx, s, size); err != nil {
			return fmt.Errorf("bodies of %d bytes: %w", size, err)
		}
	}
	return nil
}

// length returns how long is measured.
func (c bodiesCell) length() time.Duration { return min(3*c.o.load, max(c.o.load, bodyLoad)) }

// underWay returns how many messages of a size are under way at a time.
func underWay(size int) int { return min(max(bodyBytes/size, bodyPeers), bodyTasks) }

func (c bodiesCell) one(ctx context.Context, s *sheet, size int) error {
	tasks, err := c.tasks(ctx, size)
	if err != nil {
		return err
	}
	var messages float64
	err = withEcho(ctx, c.o, func(d *daemon) error {
		messages, err = echo.Load(d.address, size, bodyPeers, underWay(size)/bodyPeers, c.o.warm, c.length())
		return err
	})
	if err != nil {
		return err
	}
	row := fmt.Sprint(size)
	s.add(row, bodyMB, tasks*float64(size)/1e6)
	s.add(row, echoMB, messages*float64(size)/1e6)
	s.add(row, ofThat, tasks/messages)
	return nil
}

// tasks returns how many tasks with bodies of this size end in a second.
func (c bodiesCell) tasks(ctx context.Context, size int) (perSecond float64, err error) {
	err = withDaemon(ctx, c.o.dir, c.o.brokerCommand, func(d *daemon) (err error) {
		shape := c.o.shapeOf(d.address, bodyPeers)
		shape.Clients, shape.Outstanding, shape.BodySize = bodyPeers, underWay(size), size
		shape.Slots = underWay(size) / bodyPeers
		peers, err := lean.Open(ctx, shape)
		if err != nil {
			return fmt.Errorf("open peers: %w", err)
		}
		defer func() { err = errors.Join(err, peers.Close()) }()
		marks := newMarks(d)
		if err := peers.Load(ctx, c.o.warm, c.length(), marks.add); err != nil {
			return fmt.Errorf("load: %w", err)
		}
		m, err := marks.measurement()
		perSecond = m.perSecond
		return err
	})
	return perSecond, err
}
