package worker

import (
	"bytes"
	"context"
	"fmt"

	"bcp/journal"
	"bcp/worker/session"
)

// SaveCheckpoint saves a state for the task's next attempt, which finds it in
// Task.Checkpoint: after a failure, after the loss of this worker, or when the task is
// handed back. It replaces the state that was saved before, and is forgotten when the task
// ends. The state may have journal.MaxCheckpoint bytes; an empty one removes the one
// before.
//
// SaveCheckpoint returns when this state, or a later one of the same attempt, is in the
// broker's journal. Until then it waits for the broker, even if that is away. The errors
// are ctx's, one that wraps ErrStopped if the attempt is not the task's current one any
// more or the worker has left, and one for a state that is too large. It may be called
// after a stop, with a context that is not done yet.
func (t *Task) SaveCheckpoint(ctx context.Context, state []byte) error {
	if err := checkState(state); err != nil {
		return err
	}
	return t.await(ctx, word{kind: wordSave, state: bytes.Clone(state)})
}

// SaveCheckpointSoon is SaveCheckpoint without waiting. Of many calls in a row the latest
// state is saved, a few times a second, and always before the attempt's end is told.
func (t *Task) SaveCheckpointSoon(state []byte) error {
	if err := checkState(state); err != nil {
		return err
	}
	t.mailbox.putSoon(word{task: t, kind: wordSave, state: bytes.Clone(state)})
	return nil
}

func checkState(state []byte) error {
	if len(state) > journal.MaxCheckpoint {
		return fmt.Errorf("checkpoint has %d bytes: at most %d are accepted", len(state), journal.MaxCheckpoint)
	}
	return nil
}

// saved tells those who wait that their states are durable, or won't be.
func (l *loop) saved(v *session.Saved) {
	t := l.tasks[v.Ref]
	if t == nil {
		return
	}
	var err error
	if v.Failed {
		err = errOver
	}
	t.tell(savedState, v.Seq, err)
}
