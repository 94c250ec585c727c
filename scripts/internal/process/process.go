package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Process is a program that was started.
type Process struct {
	// Log is the path of what it says.
	Log string

	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how it has ended, after that
}

// Start starts a command that says what it says to a log, after what is there. It gets
// a process group of its own: a signal from a terminal is for us to handle.
func Start(cmd *exec.Cmd, log string) (*Process, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	cmd.Stdout, cmd.Stderr = f, f
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{Log: log, cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.err = cmd.Wait()
	}()
	return p, nil
}

// Name is the program's.
func (p *Process) Name() string { return filepath.Base(p.cmd.Path) }

// PID returns its process id, which is its group's too.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Ended tells whether the process has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Err waits until the process has ended, and returns how: nil for code 0, else an
// exec.ExitError.
func (p *Process) Err() error {
	<-p.done
	return p.err
}

// Signal sends a signal to the process and its group, if it has not ended.
func (p *Process) Signal(s syscall.Signal) {
	if !p.Ended() {
		_ = syscall.Kill(-p.PID(), s) // it may end just now
	}
}

// Kill ends the process and its group as kill -9 does.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.done
}

// Stop ends the process in order, and after so long with a SIGKILL.
func (p *Process) Stop(most time.Duration) {
	p.Signal(syscall.SIGTERM)
	p.killAfter(most)
}

// StopFirst does as Stop does, with the signal, but leaves it to the process to end those
// of its group. Who is left of them when it has ended is killed.
func (p *Process) StopFirst(signal syscall.Signal, most time.Duration) {
	if !p.Ended() {
		_ = p.cmd.Process.Signal(signal) // it may end just now
	}
	p.killAfter(most)
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL) // ESRCH: nobody is left
}

func (p *Process) killAfter(most time.Duration) {
	select {
	case <-p.done:
	case <-time.After(most):
		p.Kill()
	}
}
