package zmq

import (
	"fmt"
	"os"
	"syscall"

	"github.com/pebbe/zmq4"
)

// watcher turns the edges of a socket's ZMQ_FD into a Go channel.
type watcher struct {
	file *os.File
	gone chan struct{} // closed when the goroutine has ended
}

// watch feeds wake from the socket's file descriptor. It watches a duplicate,
// for the Go runtime wants to close what it polls, and libzmq closes its own.
func watch(soc *zmq4.Socket, wake chan<- struct{}) (*watcher, error) {
	fd, err := soc.GetFd()
	if err != nil {
		return nil, fmt.Errorf("get file descriptor: %w", err)
	}
	dup, err := duplicate(fd)
	if err != nil {
		return nil, fmt.Errorf("duplicate file descriptor: %w", err)
	}
	w := &watcher{file: os.NewFile(uintptr(dup), "zmq"), gone: make(chan struct{})}
	conn, err := w.file.SyscallConn()
	if err != nil {
		_ = w.file.Close()
		return nil, fmt.Errorf("watch socket: %w", err)
	}
	go w.run(conn, wake)
	return w, nil
}

// duplicate copies the descriptor under the lock that keeps it from leaking into
// processes that are started at that moment.
func duplicate(fd int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	dup, err := syscall.Dup(fd)
	if err != nil {
		return 0, err
	}
	syscall.CloseOnExec(dup)
	return dup, syscall.SetNonblock(dup, true) // it is; only then does os.NewFile poll
}

// run reports each edge until the file is closed. It stays in a single Read:
// starting another one resets the runtime's poll descriptor, and with it an
// edge that came in between.
func (w *watcher) run(conn syscall.RawConn, wake chan<- struct{}) {
	defer close(w.gone)
	_ = conn.Read(func(uintptr) bool {
		select {
		case wake <- struct{}{}:
		default: // the owner has not taken the last one yet
		}
		return false
	})
}

// stop ends the goroutine and waits for it.
func (w *watcher) stop() {
	_ = w.file.Close()
	<-w.gone
}
