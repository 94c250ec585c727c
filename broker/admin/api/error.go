package api

import (
	"errors"
	"fmt"

	"bcp/broker/wire"
	"bcp/journal"
)

// Codes of the API's own errors. A refusal by the broker has the name of its wire.Code. The
// list is append-only.
const (
	CodeBadRequest    = "bad-request"        // a parameter or the request's body is wrong
	CodeNotFound      = "not-found"          // no such resource
	CodeBadMethod     = "method-not-allowed" // the resource has no such method
	CodeUnknownTask   = "unknown-task"       // no task has this ID, prefix or suffix
	CodeUnknownWorker = "unknown-worker"     // no worker has this name
	CodeAmbiguous     = "ambiguous"          // several tasks match; Matches lists some
	CodeNotEnded      = "not-ended"          // the task has no result yet
	CodeTooLarge      = "too-large"          // the request is over its limit
	CodeTimeout       = "timeout"            // the broker didn't answer, or the task didn't end, in time
	CodeBusy          = "busy"               // too many requests at a time
	CodeNotAllowed    = "not-allowed"        // the request came in a way that is not accepted
	CodeStopping      = "stopping"           // the broker is shutting down
	CodeFailed        = "failed"             // the broker has failed: whether it has done what was asked is unknown
	CodeDamaged       = "damaged"            // the journal holds data that fails its checksum
	CodeInternal      = "internal"           // the broker could not do it; its log says more
	CodeGone          = "gone"               // the task has ended and is forgotten
	CodeIncomplete    = "incomplete"         // only from the client: a list was cut off before its last line
	CodeTooSlow       = "too-slow"           // the request's body didn't come fast enough
)

// Error is the answer to a request that fails.
type Error struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`           // what is wrong, and what is accepted
	Matches []string `json:"matches,omitempty"` // CodeAmbiguous: some of the tasks
	Task    int      `json:"task,omitempty"`    // of a batch: the task that is wrong, from 1
}

// Error returns the message; the code is for programs.
func (e *Error) Error() string { return e.Message }

// Errorf makes an Error.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// ErrorOf turns any error into an Error. An Error stays as it is, a refusal by the broker
// keeps its code, and other errors get the code that fits them.
func ErrorOf(err error) *Error {
	var own *Error
	var refused *wire.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &refused):
		return &Error{Code: refused.Code.String(), Message: refused.Text}
	case errors.Is(err, journal.ErrNotFound):
		return &Error{Code: CodeUnknownTask, Message: err.Error()}
	case errors.Is(err, journal.ErrCorrupt):
		return &Error{Code: CodeDamaged, Message: err.Error()}
	case errors.Is(err, journal.ErrCompacting):
		return &Error{Code: CodeBusy, Message: err.Error()}
	}
	return &Error{Code: CodeInternal, Message: err.Error()}
}
