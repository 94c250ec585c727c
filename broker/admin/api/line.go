package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Line is one line of a list. Exactly one member is set.
type Line[T any] struct {
	Item  *T     `json:"item,omitempty"`
	End   *End   `json:"end,omitempty"`
	Error *Error `json:"error,omitempty"`
}

// End is the last line of a complete list.
type End struct {
	Items  int    `json:"items"`            // how many items the list has
	More   bool   `json:"more,omitempty"`   // the limit has cut the list
	Cursor string `json:"cursor,omitempty"` // where the next list can go on then, if this one is in the journal's order
}

// readLines calls fn for each item of a list. It returns an Error of
// CodeIncomplete if the list was cut off, or brokenOff if it broke off, the list's own error if it
// ended with one, or fn's first error.
func readLines[T any](r io.Reader, fn func(T) error) (End, error) {
	dec := json.NewDecoder(r)
	for items := 0; ; items++ {
		var line Line[T]
		if err := dec.Decode(&line); err != nil {
			return End{}, cutOff(items, err)
		}
		switch {
		case line.Error != nil:
			return End{}, line.Error
		case line.End != nil && line.End.Items != items:
			return End{}, Errorf(CodeIncomplete, "the list has %d items, but its end says %d", items, line.End.Items)
		case line.End != nil:
			return *line.End, nil
		case line.Item == nil:
			return End{}, Errorf(CodeIncomplete, "line %d of the list is neither an item nor an end", items+1)
		}
		if err := fn(*line.Item); err != nil {
			return End{}, err
		}
	}
}

func cutOff(items int, err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	text := fmt.Sprintf("the answer was cut off in line %d: %v", items+1, err)
	if errors.As(err, new(*json.SyntaxError)) || errors.As(err, new(*json.UnmarshalTypeError)) {
		return &Error{Code: CodeIncomplete, Message: text}
	}
	return &brokenOff{text}
}

// brokenOff tells of an answer that breaks off: its broker has gone away, or has cut it off.
type brokenOff struct{ text string }

func (b *brokenOff) Error() string { return b.text }
