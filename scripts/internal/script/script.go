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

// Main runs a program and ends the process: with code 1 if it has failed, with 2 if who
// called has made a mistake. The context is done when the program is to end, however it is
// told: also by a reader of its output who has seen enough. So it takes along what it has
// started.
func Main(name string, run func(ctx context.Context, args []string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := run(ctx, os.Args[1:])
	stop()
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	if mistake := new(usageError); errors.As(err, &mistake) {
		os.Exit(exitUsage)
	}
	os.Exit(exitFailed)
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
