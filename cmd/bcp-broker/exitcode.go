package main

import (
	"errors"
	"fmt"

	"bcp/cmd/internal/exitcode"
	"bcp/journal"
)

// Exit codes. The list is append-only: service managers and scripts rely on it.
const (
	exitStopped = 0
	exitFailed  = 1
	exitUsage   = 2
	exitJournal = 3
	exitAddress = 4
)

var exitTexts = exitcode.Texts{
	exitStopped: "stopped by a signal, in order",
	exitFailed:  "the journal or the sockets failed while it ran",
	exitUsage:   "wrong usage: an unknown flag, or a value that is not accepted",
	exitJournal: "the journal cannot be opened: it is in use, foreign, newer, damaged or not accessible",
	exitAddress: "it cannot listen at an address",
}

// exitError is an error that decides the exit code.
type exitError struct {
	code int
	error
}

func (e *exitError) Unwrap() error { return e.error }

func usage(err error) error { return &exitError{exitUsage, err} }

// advise says what to do about a journal that is damaged.
func advise(err error) error {
	if errors.Is(err, journal.ErrCorrupt) {
		err = fmt.Errorf("%w: restore a backup, or save what is whole with bcp-ctl journal export and import", err)
	}
	return err
}

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var exit *exitError
	switch {
	case err == nil:
		return exitStopped
	case errors.As(err, &exit):
		return exit.code
	}
	return exitFailed
}
