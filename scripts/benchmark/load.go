package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"bcp/scripts/benchmark/internal/load"
)

// loadCell keeps brokers busy: one for each kind of peers and number of workers,
// on a new journal, and beside it one that keeps none.
type loadCell struct{ o *options }

func newLoadCell(o *options) cell { return loadCell{o} }

// Columns of the cell.
const (
	perSecond  = "tasks/s"
	noJournal  = "tasks/s, no journal"
	ofThat     = "share of that"
	brokerTime = "broker us/task"
	peersTime  = "peers us/task"
	loneP50    = "lone p50 ms"
	loneP99    = "lone p99 ms"
)

func (c loadCell) measure(ctx context.Context, s *sheet) error {
	s.Head = "peers, workers"
	for _, kind := range c.o.peers {
		for _, workers := range c.o.workers {
			progress("   %s peers, %d workers", kind, workers)
			if err := c.one(ctx, s, kind, workers); err != nil {
				return fmt.Errorf("%s peers, %d workers: %w", kind, workers, err)
			}
		}
	}
	return nil
}

// one measures a broker with a journal, and then one without.
func (c loadCell) one(ctx context.Context, s *sheet, kind string, workers int) error {
	row := loadRow(kind, workers)
	m, err := runLoad(ctx, c.o, kind, workers, c.o.brokerCommand)
	if err != nil {
		return err
	}
	m.addTo(s, row)
	runtime.GC() // what the peers have left is not the next ones' load
	if !c.o.journalOff || c.o.profiles != "" {
		return nil
	}
	off, err := runLoad(ctx, c.o, kind, workers, noJournalCommand)
	if err != nil {
		return fmt.Errorf("no journal: %w", err)
	}
	s.add(row, noJournal, off.perSecond)
	s.add(row, ofThat, m.perSecond/off.perSecond)
	runtime.GC()
	return nil
}

// loadRow is the name of a row.
func loadRow(kind string, workers int) string { return fmt.Sprintf("%s %d", kind, workers) }

// measurement is what one broker shows in one round.
type measurement struct {
	perSecond float64       // tasks that ended
	perTask   time.Duration // processor time of the broker
	perPeers  time.Duration // processor time of all peers, for each task
	p50, p99  time.Duration // of a lone task
}

func (m measurement) addTo(s *sheet, row string) {
	s.add(row, perSecond, m.perSecond)
	s.add(row, brokerTime, in(time.Microsecond, m.perTask))
	s.add(row, peersTime, in(time.Microsecond, m.perPeers))
	s.add(row, loneP50, in(time.Millisecond, m.p50))
	s.add(row, loneP99, in(time.Millisecond, m.p99))
}

func in(unit, d time.Duration) float64 { return float64(d) / float64(unit) }

// runLoad starts a broker and its peers, and measures both phases.
func runLoad(ctx context.Context, o *options, kind string, workers int, command daemonCommand) (measurement, error) {
	return withDaemon(ctx, o.dir, command, func(d *daemon) (measurement, error) { return phases(ctx, o, d, kind, workers) })
}

// shapeOf fills in what is the broker's.
func (o *options) shapeOf(address string, workers int) load.Shape {
	s := o.shape
	s.Address, s.Workers = address, workers
	if s.Outstanding == 0 {
		s.Outstanding = 2*workers*s.Slots + 256
	}
	return s
}

// phases opens the peers and measures lone tasks, and then the load.
func phases(ctx context.Context, o *options, d *daemon, kind string, workers int) (m measurement, err error) {
	peers, err := openers[kind](ctx, o.shapeOf(d.addressFor(kind), workers))
	if err != nil {
		return m, fmt.Errorf("open peers: %w", err)
	}
	defer func() { err = errors.Join(err, peers.Close()) }()
	took, err := peers.Lone(ctx, o.lone)
	if err != nil {
		return m, fmt.Errorf("lone tasks: %w", err)
	}
	marks := newMarks(d)
	profiled := make(chan error, 1)
	go func() { profiled <- o.profile(ctx, d, kind, workers) }()
	if err := errors.Join(peers.Load(ctx, o.warm, o.load, marks.add), <-profiled); err != nil {
		return m, fmt.Errorf("load: %w", err)
	}
	m, err = marks.measurement()
	m.p50, m.p99 = load.Percentile(took, 0.50), load.Percentile(took, 0.99)
	return m, err
}
