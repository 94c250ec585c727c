package main

import (
	"errors"
	"time"

	"bcp/scripts/benchmark/internal/proc"
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
	own, ownErr := proc.Own()
	m.err = errors.Join(m.err, err, ownErr)
	m.list = append(m.list, mark{time.Now(), cpu, own, ended})
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
