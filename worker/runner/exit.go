package runner

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// ExitError tells how a command failed.
type ExitError struct {
	Code   int            // exit code, -1 if a signal ended the command
	Signal syscall.Signal // 0 if it exited by itself
	Stderr string         // the end of what it wrote to standard error
}

func newExitError(state *os.ProcessState, stderr string) *ExitError {
	e := &ExitError{Code: state.ExitCode(), Stderr: stderr}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.Signal = status.Signal()
	}
	return e
}

// Error returns the exit code or the signal's name, and the standard error.
func (e *ExitError) Error() string {
	text := fmt.Sprintf("exit code %d", e.Code)
	if e.Signal != 0 {
		text = "killed by " + unix.SignalName(e.Signal)
	}
	if e.Stderr != "" {
		text += ": " + e.Stderr
	}
	return text
}
