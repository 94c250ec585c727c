package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"bcp/scripts/benchmark/internal/load"
)

// measurement is what one cell shows in one round.
type measurement struct {
	perSecond float64       // tasks that ended
	perTask   time.Duration // processor time of the broker
	perPeers  time.Duration // processor time of all peers, for each task
	p50, p99  time.Duration // of a lone task
}

// measure runs one cell: a broker on a new journal, peers, and both phases.
func measure(ctx context.Context, o options, kind string, workers int) (m measurement, err error) {
	dir, err := os.MkdirTemp(o.dir, "bcp-bench-")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(dir)
	d, err := startDaemon(ctx, o.broker, dir)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	m, err = phases(ctx, o, d, kind, workers)
	if err != nil {
		err = fmt.Errorf("%w; %s", err, d.words())
	}
	return m, err
}

// shapeOf fills in what is the cell's.
func (o *options) shapeOf(address string, workers int) load.Shape {
	s := o.shape
	s.Address, s.Workers = address, workers
	if s.Outstanding == 0 {
		s.Outstanding = 2*workers*s.Slots + 256
	}
	return s
}

// phases opens the peers and measures lone tasks, and then the load.
func phases(ctx context.Context, o options, d *daemon, kind string, workers int) (m measurement, err error) {
	peers, err := openers[kind](ctx, o.shapeOf(d.address, workers))
	if err != nil {
		return m, fmt.Errorf("open peers: %w", err)
	}
	defer func() { err = errors.Join(err, peers.Close()) }()
	took, err := peers.Lone(ctx, o.lone)
	if err != nil {
		return m, fmt.Errorf("lone tasks: %w", err)
	}
	marks := newMarks(d)
	if err := peers.Load(ctx, o.warm, o.load, marks.add); err != nil {
		return m, fmt.Errorf("load: %w", err)
	}
	m, err = marks.measurement()
	m.p50, m.p99 = load.Percentile(took, 0.50), load.Percentile(took, 0.99)
	return m, err
}

// marks are what the peers and the broker's process show before and after the
// measured load.
type marks struct {
	daemon *daemon
	list   []mark
	err    error
}

type mark struct {
	at     time.Time
	broker time.Duration // processor time so far
	peers  time.Duration // likewise
	ended  int
}

func newMarks(d *daemon) *marks { return &marks{daemon: d} }

func (m *marks) add(ended int) {
	cpu, err := m.daemon.cpu()
	own, ownErr := ownCPU()
	m.err = errors.Join(m.err, err, ownErr)
	m.list = append(m.list, mark{time.Now(), cpu, own, ended})
}

// ownCPU returns the processor time that this process, the peers, has used so far.
func ownCPU() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read the peers' processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

func (m *marks) measurement() (measurement, error) {
	if m.err != nil {
		return measurement{}, m.err
	}
	from, to := m.list[0], m.list[1]
	tasks := to.ended - from.ended
	if tasks == 0 {
		return measurement{}, errors.New("no task has ended")
	}
	return measurement{
		perSecond: float64(tasks) / to.at.Sub(from.at).Seconds(),
		perTask:   (to.broker - from.broker) / time.Duration(tasks),
		perPeers:  (to.peers - from.peers) / time.Duration(tasks),
	}, nil
}
