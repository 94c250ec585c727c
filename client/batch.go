package client

import (
	"context"
	"errors"
	"fmt"

	"bcp/broker/wire"
	"bcp/journal"
)

// MaxBatch bounds the tasks of one batch. Their bodies together may have as many
// bytes as one body.
const MaxBatch = wire.MaxBatch

// BatchError tells which task of a batch was refused, and why. Nothing of the
// batch was done.
type BatchError struct {
	Index int // of the task that was refused, 0 for the first
	Err   error
}

// Error counts tasks from 1 on, as what is wrong with them does.
func (e *BatchError) Error() string { return fmt.Sprintf("task %d: %v", e.Index+1, e.Err) }

// Unwrap returns why the task was refused, mostly a *wire.Error.
func (e *BatchError) Unwrap() error { return e.Err }

// InBatch returns the ID by which a task in a batch is named before it has one of its own.
// With it, a task in SubmitBatch can wait for another one of the same batch, earlier or
// later, in Task.After.
func InBatch(index int) journal.ID { return wire.BatchRef(index) }

// SubmitBatch asks for 1 to MaxBatch tasks at once and waits until they are in the broker's
// journal: all of them in one commit, or none. The handles are in the order of the tasks. A
// task whose key the broker knows already is the same task, as in Submit. If one task is
// refused, all are; the error is a *BatchError if it is known which one that is.
//
// If the answer is lost the batch is sent again, which makes no second tasks, because each
// task has a key: its own, or one that the client has made. See Task.Key.
func (c *Client) SubmitBatch(ctx context.Context, tasks []Task) ([]*Handle, error) {
	m, err := batchOf(tasks)
	if err != nil {
		return nil, fmt.Errorf("submit batch: %w", err)
	}
	handles, tags := make([]*Handle, len(tasks)), make([]any, len(tasks))
	for i := range tasks {
		handles[i] = newTaskHandle(c, &tasks[i])
		tags[i] = handles[i]
	}
	err = c.give(ctx, c.submits, func(l *loop) { l.session.SubmitBatch(l.now(), m, tags) })
	if err == nil {
		err = c.await(ctx, &handles[len(handles)-1].accepted)
	}
	if err == nil {
		err = handles[0].refusal // all are told the same
	}
	if err != nil {
		return nil, fmt.Errorf("submit batch: %w", batchError(err))
	}
	return handles, nil
}

// batchOf makes the message that asks for the tasks.
func batchOf(tasks []Task) (*wire.SubmitBatch, error) {
	m := &wire.SubmitBatch{Submits: make([]wire.Submit, len(tasks))}
	for i := range tasks {
		submit, err := tasks[i].submit()
		if err != nil {
			return nil, &BatchError{Index: i, Err: err}
		}
		m.Submits[i] = *submit
	}
	if err := wire.CheckBatch(m.Submits); err != nil {
		return nil, batchError(err)
	}
	return m, nil
}

// batchError finds the task that a refusal is about.
func batchError(err error) error {
	var refused *wire.Error
	if !errors.As(err, &refused) {
		return err
	}
	i, what, ok := wire.BatchPlace(refused.Text)
	if !ok {
		return refused
	}
	return &BatchError{Index: i, Err: &wire.Error{Code: refused.Code, Text: what}}
}
