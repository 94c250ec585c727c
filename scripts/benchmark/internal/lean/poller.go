package lean

import (
	"fmt"
	"syscall"
	"time"
)

const (
	// readBuffer takes in what a client's connection has gathered in a busy turn.
	readBuffer = 256 << 10

	// eventsMax is how many connections one wake-up reports.
	eventsMax = 512

	// waitMaxMS is how long a turn may wait: phases end by the clock.
	waitMaxMS = 10

	// beatEvery is the protocol's default heartbeat.
	beatEvery = 2500 * time.Millisecond
)

// poller drives the connections. Its methods return when they are told to, so
// no goroutine is left behind between the phases of a run.
type poller struct {
	fd     int
	conns  map[int32]*conn
	events []syscall.EpollEvent
	buffer []byte
	beatAt time.Time
}

func newPoller() (*poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &poller{
		fd:     fd,
		conns:  make(map[int32]*conn),
		events: make([]syscall.EpollEvent, eventsMax),
		buffer: make([]byte, readBuffer),
		beatAt: time.Now().Add(beatEvery),
	}, nil
}

// add takes a connection in, and lets its peer speak first.
func (p *poller) add(c *conn) error {
	p.conns[int32(c.fd)] = c
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(c.fd)}
	if err := syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, c.fd, &event); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	if err := c.peer.hello(c); err != nil {
		return err
	}
	return p.flush(c)
}

// run serves the connections until done tells so. It is asked after each
// wake-up, and at the latest when beats are due.
func (p *poller) run(done func() bool) error {
	for !done() {
		if err := p.turn(); err != nil {
			return err
		}
	}
	return nil
}

func (p *poller) turn() error {
	if !time.Now().Before(p.beatAt) {
		if err := p.beat(); err != nil {
			return err
		}
	}
	n, err := syscall.EpollWait(p.fd, p.events, waitMaxMS)
	if err != nil && err != syscall.EINTR {
		return fmt.Errorf("epoll: %w", err)
	}
	for _, event := range p.events[:max(n, 0)] {
		if err := p.serve(p.conns[event.Fd], event.Events); err != nil {
			return err
		}
	}
	return nil
}

func (p *poller) serve(c *conn, events uint32) error {
	if events&^syscall.EPOLLOUT != 0 {
		if err := c.read(p.buffer); err != nil {
			return err
		}
	}
	return p.flush(c)
}

// flush writes what the connection has to say, and has its socket watched for
// room as long as there is none.
func (p *poller) flush(c *conn) error {
	before := c.blocked
	if err := c.flush(); err != nil || c.blocked == before {
		return err
	}
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(c.fd)}
	if c.blocked {
		event.Events |= syscall.EPOLLOUT
	}
	if err := syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_MOD, c.fd, &event); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// beat lets every peer say that it lives.
func (p *poller) beat() error {
	p.beatAt = time.Now().Add(beatEvery)
	for _, c := range p.conns {
		if err := c.peer.beat(c); err != nil {
			return err
		}
		if err := p.flush(c); err != nil {
			return err
		}
	}
	return nil
}

func (p *poller) close() error {
	for _, c := range p.conns {
		_ = syscall.Close(c.fd)
	}
	return syscall.Close(p.fd)
}
