package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Errors of Run. The list is append-only.
var (
	// ErrStart tells that the command could not be started.
	ErrStart = errors.New("command cannot be started")
	// ErrStopped tells that the command was stopped because the context was
	// done, or not even started. What it said and how it exited after that is not its
	// result.
	ErrStopped = errors.New("command was stopped")
	// ErrTooLarge tells that the command wrote more than ResultMax and was killed.
	ErrTooLarge = errors.New("standard output is over the limit")
)

// DefaultResultMax limits the standard output of a command that sets no limit,
// in bytes.
const DefaultResultMax = 64 << 20

// Command is what to run and how.
type Command struct {
	Argv      []string // the program, looked up in PATH, and its arguments
	Env       []string // NAME=VALUE, added to the worker's own environment
	Stdin     []byte
	ResultMax int // bytes of standard output; default DefaultResultMax

	Started func()          // called once the command runs
	Listen  func(io.Reader) // called after Started with what the command writes to descriptor BCP_PROGRESS_FD; nil for no such descriptor
	Kill    <-chan struct{} // closed when a stopped command has had its grace; nil: never
	Grace   time.Duration   // from TERM to KILL for what a command leaves behind
}

// Runner starts commands. It is safe for concurrent use.
type Runner struct {
	spawner *spawner
	guard   *guard
	close   func() error // does it once
}

// New starts the guard. Close the Runner when no command runs any more.
func New() (*Runner, error) {
	g, err := newGuard()
	if err != nil {
		return nil, err
	}
	r := &Runner{spawner: newSpawner(), guard: g}
	r.close = sync.OnceValue(func() error {
		r.spawner.close()
		return r.guard.close()
	})
	return r, nil
}

// Folder is a folder for files of the commands. It is removed with all that is in it
// when the Runner is closed, and when the worker dies.
func (r *Runner) Folder() string { return r.guard.folder }

// Close ends the guard, and with it whatever may still run. A second one only returns the
// same.
func (r *Runner) Close() error { return r.close() }

// Run runs the command to its end and returns its standard output. When ctx is
// done, it sends TERM to the group, and KILL when c.Kill closes. The errors are
// ErrStart, ErrStopped, ErrTooLarge, or an *ExitError.
func (r *Runner) Run(ctx context.Context, c Command) ([]byte, error) {
	c.ResultMax = cmp.Or(c.ResultMax, DefaultResultMax)
	p, err := r.start(ctx, &c)
	if err != nil {
		return nil, err
	}
	defer r.guard.remove(p.group)
	if c.Started != nil {
		c.Started()
	}
	if p.speech != nil {
		p.speech.read(c.Listen)
	}
	return p.result(p.await(ctx, &c))
}

// start runs the command and tells the guard of its group.
func (r *Runner) start(ctx context.Context, c *Command) (*process, error) {
	if len(c.Argv) == 0 {
		return nil, fmt.Errorf("%w: no command given", ErrStart)
	}
	if err := r.guard.revive(); err != nil {
		return nil, err
	}
	p, err := r.spawner.start(ctx, c, r.guard.mark())
	if err != nil {
		return nil, err
	}
	p.started(c)
	if err := r.guard.add(p.group); err != nil {
		p.end(func() bool { return true })
		_, _ = p.result(nil)
		return nil, err
	}
	return p, nil
}
