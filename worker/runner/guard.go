package runner

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

const (
	// guardVariable makes a process of this executable a guard. Its value is
	// the token of the Runner that it belongs to.
	guardVariable = "BCP_WORKER_GUARD"
	// folderVariable tells a guard which folder to remove at the end.
	folderVariable = "BCP_WORKER_FOLDER"
	// markVariable is in the environment of every command, with the token.
	markVariable = "BCP_WORKER_MARK"
)

// guard is the worker's side of the guard process.
type guard struct {
	token  string
	folder string // that the guard removes at the end

	mu      sync.Mutex
	closed  bool
	process *os.Process
	pipe    io.WriteCloser // the guard's standard input
	ended   chan struct{}  // closed when the process has been reaped
	groups  map[group]struct{}
}

func newGuard() (*guard, error) {
	folder, err := os.MkdirTemp("", "bcp-worker-")
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		return nil, fmt.Errorf("in folder %s nothing can be made: %w: one for temporary files is needed, which $TMPDIR names", os.TempDir(), failed.Err)
	}
	if err != nil {
		return nil, err
	}
	g := &guard{token: rand.Text(), folder: folder, groups: map[group]struct{}{}}
	if err := g.launch(); err != nil {
		return nil, errors.Join(fmt.Errorf("start guard process: %w", err), os.Remove(folder))
	}
	return g, nil
}

// mark is what the environment of each command holds.
func (g *guard) mark() string { return markVariable + "=" + g.token }

// launch starts the process in a session of its own, out of reach of a
// terminal's signals, and with nothing of the worker's but the pipe. If
// somebody has stopped it, it goes on when the worker dies.
func (g *guard) launch() error {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{"bcp-worker: guard"}
	cmd.Env = []string{guardVariable + "=" + g.token, folderVariable + "=" + g.folder}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGCONT}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	g.process, g.pipe, g.ended = cmd.Process, pipe, make(chan struct{})
	go func(ended chan<- struct{}) {
		_ = cmd.Wait() // a guard that failed shows at the next word to it
		close(ended)
	}(g.ended)
	return nil
}

// revive replaces a guard that has died: where that can't be done now, nothing is started
// that would have to be killed again. The error is ErrStart.
func (g *guard) revive() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || !isClosed(g.ended) {
		return nil
	}
	return g.replace()
}

// add tells the guard of a group. A guard that has died is replaced. The errors are ErrStart
// and, for one that was closed, ErrStopped.
func (g *guard) add(which group) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrStopped
	}
	g.groups[which] = struct{}{}
	if g.tell('+', which) == nil {
		return nil
	}
	if err := g.replace(); err != nil {
		delete(g.groups, which)
		return err
	}
	return nil
}

// remove tells the guard that everything in the group is gone. If the guard
// has died, there is nothing to tell.
func (g *guard) remove(which group) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.groups, which)
	_ = g.tell('-', which)
}

// tell has a guard that somebody has stopped go on: it would read nothing, and
// the pipe takes only so much.
func (g *guard) tell(sign byte, which group) error {
	g.wake()
	_, err := fmt.Fprintf(g.pipe, "%c%d\n", sign, which)
	return err
}

// wake is of no effect on a guard that runs, or has died.
func (g *guard) wake() { _ = g.process.Signal(syscall.SIGCONT) }

func (g *guard) replace() error {
	_ = g.pipe.Close()
	err := g.launch()
	for which := range g.groups {
		if err == nil {
			err = g.tell('+', which)
		}
	}
	if err != nil {
		return fmt.Errorf("%w: replace guard process: %w", ErrStart, err)
	}
	return nil
}

// close ends the guard and waits for it.
func (g *guard) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	err := g.pipe.Close()
	g.wake()
	<-g.ended
	return err
}

// Guard does the work of a guard if this process was started as one, and tells
// whether it was; then the program should end. Call it first thing in main.
func Guard() bool {
	token := os.Getenv(guardVariable)
	if token == "" {
		return false
	}
	watch(os.Stdin, token)
	_ = os.RemoveAll(os.Getenv(folderVariable)) // nothing of the worker's is left that uses it
	return true
}
