package main

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

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
