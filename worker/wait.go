package worker

import (
	"context"
	"fmt"
	"math"
)

// errOver is the answer to who wants something for an attempt that is over.
var errOver = fmt.Errorf("%w: the attempt is over, or not the task's current one", ErrStopped)

// subject is what a handler's word is about that the broker answers: a time-out that is
// changed, by the number of its option, or savedState.
type subject uint8

// savedState stands for a state, as no option has its number.
const savedState subject = 0

// subject returns what the word is about.
func (w *word) subject() subject {
	if w.extend != nil {
		return subject(w.extend.Option)
	}
	return savedState
}

// waiting is a handler's call that waits for the broker's answer.
type waiting struct {
	what subject
	seq  uint32     // that the session gave it
	done chan error // has room for the answer
}

// await gives the loop a word, and waits for the broker's answer to it.
func (t *Task) await(ctx context.Context, w word) error {
	w.task, w.wait = t, &waiting{what: w.subject(), done: make(chan error, 1)}
	t.mailbox.putAwaited(w)
	select {
	case err := <-w.wait.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.mailbox.closed:
		return fmt.Errorf("%w: the worker has left", ErrStopped)
	}
}

// waitFor notes who waits for the answer to a number, if anybody does; 0 tells that the
// attempt is over.
func (t *Task) waitFor(w *waiting, seq uint32) {
	switch {
	case w == nil:
	case seq == 0:
		w.done <- errOver
	default:
		w.seq = seq
		t.waits = append(t.waits, w)
	}
}

// tell gives an answer to those who wait for it: it is for the number, and for all
// before. It tells whether there was one.
func (t *Task) tell(what subject, seq uint32, err error) (told bool) {
	rest := t.waits[:0]
	for _, w := range t.waits {
		if w.what == what && w.seq <= seq {
			w.done <- err
			told = true
		} else {
			rest = append(rest, w)
		}
	}
	clear(t.waits[len(rest):])
	t.waits = rest
	return told
}

// abandon tells all who wait that the attempt is over.
func (t *Task) abandon() {
	for len(t.waits) > 0 {
		t.tell(t.waits[0].what, math.MaxUint32, errOver)
	}
}
