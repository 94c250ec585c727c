package runner

import (
	"os/exec"
	"runtime"
)

// spawner starts every process from one OS thread that lives as long as the
// Runner. The death signal of a child comes when the thread that forked it
// ends, not the process; the runtime ends threads as it likes.
type spawner struct{ orders chan order }

type order struct {
	cmd  *exec.Cmd
	done chan<- error
}

func newSpawner() *spawner {
	s := &spawner{orders: make(chan order)}
	go s.loop()
	return s
}

// loop never unlocks its thread, so the thread ends with it.
func (s *spawner) loop() {
	runtime.LockOSThread()
	for o := range s.orders {
		o.done <- o.cmd.Start()
	}
}

func (s *spawner) start(cmd *exec.Cmd) error {
	done := make(chan error, 1)
	s.orders <- order{cmd, done}
	return <-done
}

func (s *spawner) close() { close(s.orders) }
