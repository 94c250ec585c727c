package worker

import (
	"bytes"
	"context"
	"fmt"

	"bcp/journal"
	"bcp/worker/session"
)

// errOver is the answer to who saves for an attempt that is over.
var errOver = fmt.Errorf("save checkpoint: %w: the attempt is over, or not the task's current one", ErrStopped)

// saving is a state on its way to the broker.
type saving struct {
	state []byte
	seq   uint32     // that the session gave it
	saved chan error // who waits is told once; it has room for that
}

// SaveCheckpoint saves a state for the task's next attempt, which finds it in
// Task.Checkpoint: after a failure, a loss of this worker, or when the task is
// handed back. It takes the place of the one before, and is forgotten with the
// task's end. The state may have journal.MaxCheckpoint bytes; an empty one takes
// the one before away.
//
// It returns when the state is in the broker's journal, or a later one that this
// attempt has saved. Until then it waits for the broker, also for one that is
// away. The errors are ctx's, one that wraps ErrStopped if the attempt is not the
// task's current one any more or the worker has left, and one for a state that is
// too large. It may be called after a stop, with a context that is not done yet.
func (t *Task) SaveCheckpoint(ctx context.Context, state []byte) error {
	if err := checkState(state); err != nil {
		return err
	}
	s := &saving{state: bytes.Clone(state), saved: make(chan error, 1)}
	t.mailbox.put(word{task: t, kind: wordSave, save: s})
	select {
	case err := <-s.saved:
		return err
	case <-ctx.Done():
		return fmt.Errorf("save checkpoint: %w", context.Cause(ctx))
	case <-t.mailbox.closed:
		return fmt.Errorf("save checkpoint: %w: the worker has left", ErrStopped)
	}
}

// SaveCheckpointSoon is SaveCheckpoint without waiting. Of many in a row the
// latest is saved, a few times a second and before the attempt's end is told.
func (t *Task) SaveCheckpointSoon(state []byte) error {
	if err := checkState(state); err != nil {
		return err
	}
	t.mailbox.putState(t, append([]byte{}, state...))
	return nil
}

func checkState(state []byte) error {
	if len(state) > journal.MaxCheckpoint {
		return fmt.Errorf("checkpoint has %d bytes: at most %d are accepted", len(state), journal.MaxCheckpoint)
	}
	return nil
}

// save gives a state to the session.
func (l *loop) save(t *Task, s *saving) {
	s.seq = l.session.Save(l.now(), t.ref(), s.state, false)
	if s.state = nil; s.seq == 0 {
		s.saved <- errOver
		return
	}
	t.saves = append(t.saves, s)
}

func saveError(v *session.Saved) error {
	if v.Failed {
		return errOver
	}
	return nil
}

// saved tells those who wait that their states are durable, or won't be.
func (t *Task) saved(seq uint32, err error) {
	waiting := t.saves[:0]
	for _, s := range t.saves {
		if s.seq <= seq {
			s.saved <- err
		} else {
			waiting = append(waiting, s)
		}
	}
	clear(t.saves[len(waiting):])
	t.saves = waiting
}
