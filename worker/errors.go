package worker

import (
	"errors"
	"fmt"

	"bcp/broker/wire"
)

// Errors of handlers: what one of them wraps says what becomes of the task. The
// list is append-only.
var (
	// ErrRefused tells that the attempt could not be taken, or not be started. It
	// counts as a try.
	ErrRefused = errors.New("attempt refused")
	// ErrNotMe tells that another worker shall do the task. That costs no try, and
	// this worker is not given the task again while its process lives.
	ErrNotMe = errors.New("another worker shall do it")
	// ErrNever tells that no further try can help: the task fails at once. See Never.
	ErrNever = errors.New("no further try can help")
)

// Never wraps err so that the task fails at once, whatever tries are left. The text stays
// the same, and nil stays nil.
func Never(err error) error {
	if err == nil {
		return nil
	}
	return &neverError{err}
}

type neverError struct{ error }

func (e *neverError) Unwrap() []error { return []error{e.error, ErrNever} }

// Class wraps err with the sort of failure that it is, such as "out-of-memory". The class
// is kept with the attempt, and a task can ask to fail at once for some classes. The name
// has 1 to wire.MaxName bytes of printable UTF-8 without spaces. Nil stays nil.
func Class(err error, name string) error {
	if err == nil {
		return nil
	}
	return &classError{err, name}
}

type classError struct {
	error
	name string
}

func (e *classError) Unwrap() error { return e.error }

// verdict says what becomes of a task whose handler has returned the error.
func verdict(err error) wire.Verdict {
	switch {
	case err == nil:
		return wire.VerdictDone
	case errors.Is(err, ErrRefused):
		return wire.VerdictRefused
	case errors.Is(err, ErrNotMe):
		return wire.VerdictElsewhere
	case errors.Is(err, ErrNever):
		return wire.VerdictNever
	}
	return wire.VerdictFailed
}

// describe returns the error's text and class. A class that the broker would not
// take is told with the text instead.
func describe(err error) (text, class string) {
	var named *classError
	if !errors.As(err, &named) {
		return err.Error(), ""
	}
	if bad := wire.CheckName("class", named.name); bad != nil {
		return fmt.Sprintf("%v (%s)", err, bad.Text), ""
	}
	return err.Error(), named.name
}
