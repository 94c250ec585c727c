// Package script is what the programs behind the scripts have in common: how they read
// their flags, and how they are ended.
package script

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// Exit codes, as those of bcp-ctl.
const (
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a mistake of who called.
type usageError struct{ error }

// Unwrap returns the mistake.
func (e *usageError) Unwrap() error { return e.error }

// Usage marks an error as a mistake of who called.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{err}
}

// checkVerb before the arguments has a program look at them, and do nothing else.
const checkVerb = "check"

// Main runs a program and ends the process: with code 1 if it has failed, with 2 if who
// called has made a mistake. Read looks at the arguments and returns what is to be done. Its
// context is done when the program is to end, however it is told: also by a reader of its
// output who has seen enough. So it takes along what it has started.
func Main(name string, read func(args []string) (run func(context.Context) error, err error)) {
	args := os.Args[1:]
	check := len(args) > 0 && args[0] == checkVerb
	if check {
		args = args[1:]
	}
	run, err := read(args)
	if err == nil && !check {
		err = runToEnd(run)
	}
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	if mistake := new(usageError); errors.As(err, &mistake) {
		os.Exit(exitUsage)
	}
	os.Exit(exitFailed)
}

func runToEnd(run func(context.Context) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pipes := make(chan os.Signal, 1)
	signal.Notify(pipes, syscall.SIGPIPE)
	go watch(pipes, cancel)
	return run(ctx)
}

// watch calls unheard when nobody reads the program's output any more. The signal that tells
// so comes also when somebody else has closed a connection.
func watch(pipes <-chan os.Signal, unheard func()) {
	for range pipes {
		if isUnheard(os.Stdout) || isUnheard(os.Stderr) {
			unheard()
		}
	}
}

// isUnheard tells whether a file is a pipe that nobody reads.
func isUnheard(f *os.File) bool {
	fds := []unix.PollFd{{Fd: int32(f.Fd())}}
	_, err := unix.Poll(fds, 0)
	return err == nil && fds[0].Revents&unix.POLLERR != 0
}

// Parse reads the flags, and accepts nothing else. Who asks for help gets it, and
// flag.ErrHelp is returned.
func Parse(f *flag.FlagSet, args []string) error {
	f.SetOutput(io.Discard) // Main tells of errors
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.SetOutput(os.Stdout)
		f.Usage()
		return err
	case err == nil && f.NArg() > 0:
		err = fmt.Errorf("argument %q: only flags are accepted", f.Arg(0))
	}
	return Usage(err)
}
