package main

import (
	"errors"
	"fmt"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/cmd/internal/exitcode"
	"bcp/journal"
)

// Exit codes. The list is append-only: scripts rely on them.
const (
	exitFine     = 0
	exitError    = 1
	exitUsage    = 2
	exitDeclined = 3
	exitNotWell  = 5
	exitNoBroker = 6
	exitDamaged  = 7
)

var exitTexts = exitcode.Texts{
	exitFine:     "fine, also when a list is empty",
	exitError:    "something went wrong; the message says what",
	exitUsage:    "wrong usage: an unknown command or flag, or a value that is not accepted",
	exitDeclined: "declined: the question was not answered with yes",
	exitNotWell:  "a task that was waited for did not end well, or not in time",
	exitNoBroker: "no broker answers at the admin address, or it is about to end",
	exitDamaged:  "there is something wrong with the journal: it is damaged, verify found it, or it was left out of an export",
}

// errDeclined tells that the operator did not want it after all.
var errDeclined = errors.New("declined: nothing was changed")

// errNotWell tells that a task that was waited for did not end as done.
var errNotWell = errors.New("did not end well")

// errNotInTime tells that a task that was waited for has not ended yet.
var errNotInTime = errors.New("did not end in time")

// usageError is a mistake in how the command was called.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...)}
}

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var usage *usageError
	var refused *api.Error
	switch {
	case err == nil:
		return exitFine
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, errDeclined):
		return exitDeclined
	case errors.Is(err, errNotWell), errors.Is(err, errNotInTime):
		return exitNotWell
	case isAway(err), errors.Is(err, api.ErrNoBroker), errors.Is(err, api.ErrZMTP):
		return exitNoBroker
	case errors.Is(err, errDamaged), errors.Is(err, journal.ErrCorrupt), errors.As(err, &refused) && refused.Code == api.CodeDamaged:
		return exitDamaged
	case errors.As(err, &refused) && isUsage(refused.Code):
		return exitUsage
	}
	return exitError
}

// isUsage tells whether the broker refused a value that was given.
func isUsage(code string) bool {
	switch code {
	case api.CodeBadRequest, wire.CodeBadName.String(), wire.CodeBadOption.String():
		return true
	}
	return false
}
