package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"syscall"
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
	diskMB = "disk MB/s"
)

func newBodiesCell(o *options) cell { return bodiesCell{o} }

func (c bodiesCell) measure(ctx context.Context, s *sheet) error {
	s.Head = "bytes in a body"
	s.note("%d workers, with slots for all that is under way, and %d clients; a body is on the disk before its task is accepted; the echo keeps nothing", bodyPeers, bodyPeers)
	s.note("the disk is written as a journal could at best: a file that is there, in order, with an fdatasync for all that is under way")
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
	messages, err := withEcho(ctx, c.o, func(d *daemon) (float64, error) {
		return echo.Load(d.address, size, bodyPeers, underWay(size)/bodyPeers, c.o.warm, c.length())
	})
	if err != nil {
		return err
	}
	bytes, err := c.disk(size * underWay(size))
	if err != nil {
		return err
	}
	row := fmt.Sprint(size)
	s.add(row, bodyMB, tasks.perSecond*float64(size)/1e6)
	s.add(row, echoMB, messages*float64(size)/1e6)
	s.add(row, ofThat, tasks.perSecond/messages)
	s.add(row, diskMB, bytes/1e6)
	s.add(row, brokerTime, in(time.Microsecond, tasks.perTask))
	s.add(row, peersTime, in(time.Microsecond, tasks.perPeers))
	return nil
}

// diskBytes is the size of the file that the disk is measured with: writes go round in it.
const diskBytes = 256 << 20

// disk returns how many bytes a second the disk keeps for good, in batches of this size.
func (c bodiesCell) disk(batch int) (perSecond float64, err error) {
	f, err := os.CreateTemp(c.o.dir, "bench-disk-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	content := make([]byte, batch)
	_, _ = rand.Read(content) // never fails, as documented
	write := func(at int64) error {
		_, err := f.WriteAt(content, at)
		return errors.Join(err, syscall.Fdatasync(int(f.Fd())))
	}
	size := int64(max(diskBytes/batch, 1) * batch)
	for at := int64(0); at < size; at += int64(batch) {
		if err := write(at); err != nil {
			return 0, fmt.Errorf("write to the disk: %w", err)
		}
	}
	written, began := int64(0), time.Now()
	for time.Since(began) < c.length() {
		if err := write(written % size); err != nil {
			return 0, fmt.Errorf("write to the disk: %w", err)
		}
		written += int64(batch)
	}
	return float64(written) / time.Since(began).Seconds(), nil
}

// tasks measures tasks with bodies of this size.
func (c bodiesCell) tasks(ctx context.Context, size int) (measurement, error) {
	return withDaemon(ctx, c.o.dir, c.o.brokerCommand, func(d *daemon) (m measurement, err error) {
		shape := c.o.shapeOf(d.address, bodyPeers)
		shape.Clients, shape.Outstanding, shape.BodySize = bodyPeers, underWay(size), size
		shape.Slots = underWay(size) / bodyPeers
		peers, err := lean.Open(ctx, shape)
		if err != nil {
			return m, fmt.Errorf("open peers: %w", err)
		}
		defer func() { err = errors.Join(err, peers.Close()) }()
		marks := newMarks(d)
		if err := peers.Load(ctx, c.o.warm, c.length(), marks.add); err != nil {
			return m, fmt.Errorf("load: %w", err)
		}
		return marks.measurement()
	})
}
