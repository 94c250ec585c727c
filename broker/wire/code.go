package wire

import (
	"fmt"

	"bcp/journal"
)

// Code says why something was refused. The list is append-only: numbers are
// on the wire.
type Code uint16

const (
	CodeMalformed    Code = 1  // the frames are not a message of the dialect
	CodeUnsupported  Code = 2  // unknown dialect, command or option
	CodeUnknownPeer  Code = 3  // say Hello or Register first
	CodeNameTaken    Code = 4  // a live worker has this name
	CodeBadName      Code = 5  // a name is empty, too long or has bad characters
	CodeBadOption    Code = 6  // an option's value is out of range
	CodeTooLarge     Code = 7  // body or result is over the limit
	CodeKeyConflict  Code = 8  // the key was used for something else
	CodeUnknownTask  Code = 9  // no such task
	CodeQueueFull    Code = 10 // the broker holds as many tasks as it may
	CodeStopping     Code = 11 // the broker is shutting down
	CodeTooManyPeers Code = 12 // the broker has as many peers as it may
	CodeNotAllowed   Code = 13 // this peer may not do that
	CodeInternal     Code = 14 // the broker could not read its journal
	CodeGone         Code = 16 // the task has ended and is forgotten
	CodeBusy         Code = 18 // too much of this is asked for at a time
	CodeDiskFull     Code = 19 // the journal's disk has no room for new tasks
	CodeDamaged      Code = 20 // the task has ended, and its result is damaged in the journal
)

var codeNames = map[Code]string{
	CodeMalformed: "malformed", CodeUnsupported: "unsupported", CodeUnknownPeer: "unknown-peer",
	CodeNameTaken: "name-taken", CodeBadName: "bad-name", CodeBadOption: "bad-option",
	CodeTooLarge: "too-large", CodeKeyConflict: "key-conflict", CodeUnknownTask: "unknown-task",
	CodeQueueFull: "queue-full", CodeStopping: "stopping", CodeTooManyPeers: "too-many-peers",
	CodeNotAllowed: "not-allowed", CodeInternal: "internal", CodeGone: "gone",
	CodeBusy: "busy", CodeDiskFull: "disk-full", CodeDamaged: "damaged",
}

// String returns the code's name as errors and the API spell it.
func (c Code) String() string {
	if s, ok := codeNames[c]; ok {
		return s
	}
	return fmt.Sprintf("code(%d)", uint16(c))
}

// Error is a refusal as a Go error.
type Error struct {
	Code Code
	Text string

	// What was refused, as far as Decode could read it. By this the peer knows which of its
	// requests the answer belongs to.
	Req    uint32
	Key    string
	Target journal.Target
}

// Error returns the code's name and the text.
func (e *Error) Error() string { return e.Code.String() + ": " + e.Text }

// Errorf makes an Error.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

// Refuse returns the message that tells the peer.
func (e *Error) Refuse() *Refuse {
	return &Refuse{Req: e.Req, Code: e.Code, Text: e.Text, Key: e.Key, Target: e.Target}
}

// Err returns the refusal as an error. It is the inverse of Error.Refuse.
func (m *Refuse) Err() *Error {
	return &Error{Code: m.Code, Text: m.Text, Req: m.Req, Key: m.Key, Target: m.Target}
}
