package main

import (
	"errors"

	"bcp/cmd/internal/exitcode"
	"bcp/worker"
)

// Exit codes. The list is append-only: service managers and scripts rely on it.
const (
	exitStopped    = 0
	exitFailed     = 1
	exitUsage      = 2
	exitUnfinished = 3
	exitNoBroker   = 4
)

var exitTexts = exitcode.Texts{
	exitStopped:    "stopped by a signal, in order",
	exitFailed:     "the socket or the guard process failed, or there is no folder for temporary files",
	exitUsage:      "wrong usage: an unknown flag, or a value that is not accepted, also by the broker",
	exitUnfinished: "stopped by a signal, but commands could not be ended in time",
	exitNoBroker:   "something else than a broker is at the address, and no broker was there before",
}

// usageError is a mistake of who called.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

func usage(err error) error { return &usageError{err} }

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var mistake *usageError
	switch {
	case err == nil:
		return exitStopped
	case errors.As(err, &mistake), errors.Is(err, worker.ErrRejected):
		return exitUsage
	case errors.Is(err, worker.ErrNoBroker):
		return exitNoBroker
	case errors.Is(err, worker.ErrUnfinished):
		return exitUnfinished
	}
	return exitFailed
}
