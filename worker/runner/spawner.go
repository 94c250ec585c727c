package runner

import (
	"context"
	"fmt"
	"runtime"
)

// spawner starts every process from one OS thread that lives as long as the
// Runner. The death signal of a child comes when the thread that forked it
// ends, not the process; the runtime ends threads as it likes.
type spawner struct {
	turns  chan func()
	closed chan struct{}
}

func newSpawner() *spawner {
	s := &spawner{turns: make(chan func()), closed: make(chan struct{})}
	go s.loop()
	return s
}

// loop never unlocks its thread, so the thread ends with it.
func (s *spawner) loop() {
	runtime.LockOSThread()
	for {
		select {
		case turn := <-s.turns:
			turn()
		case <-s.closed:
			return
		}
	}
}

// start waits for its turn and starts the command, with mark in its environment. What
// waits has no files open yet, and is not started when ctx is done. The errors are
// ErrStart and ErrStopped.
func (s *spawner) start(ctx context.Context, c *Command, mark string) (p *process, err error) {
	done := make(chan struct{})
	turn := func() {
		defer close(done)
		if ctx.Err() != nil {
			err = ErrStopped
		} else if p, err = startProcess(c, mark); err != nil {
			err = fmt.Errorf("%w: %w", ErrStart, err)
		}
	}
	select {
	case s.turns <- turn:
		<-done
		return p, err
	case <-ctx.Done():
	case <-s.closed:
	}
	return nil, ErrStopped
}

func (s *spawner) close() { close(s.closed) }
