package client

import (
	"context"
	"fmt"

	"bcp/broker/wire"
	"bcp/journal"
)

// Handle is a task that was submitted. It may be used by many goroutines.
type Handle struct {
	client *Client

	onStart    func(Start)
	onProgress func(Progress)

	onExhausted func(journal.Task)

	// The client's goroutine writes what stands below an event before that happens, and
	// never again.
	accepted event
	id       journal.ID
	refusal  error
	known    bool

	detached bool

	ended event
	end   *wire.Ended // nil if the task has none
	err   error
}

func newHandle(c *Client) *Handle { return &Handle{client: c} }

func newTaskHandle(c *Client, t *Task) *Handle {
	h := newHandle(c)
	h.detached, h.onStart, h.onProgress, h.onExhausted = t.Detached, t.OnStart, t.OnProgress, t.OnExhausted
	return h
}

// ID returns the task's ID; zero as long as the broker has not accepted it.
func (h *Handle) ID() journal.ID {
	if h.accepted.has() {
		return h.id
	}
	return journal.ID{}
}

// Known tells whether the broker had accepted the task before, under the same key: from
// another submit, or from this one if its first answer was lost with a connection. It is
// false until the broker has answered.
func (h *Handle) Known() bool { return h.accepted.has() && h.known }

// Member returns the ID of a member of an array or a broadcast, once that is accepted. Pos
// is the member's place among the array's indexes, from 0; in a broadcast, its worker's
// place among the names. Client.Query, Wait and Cancel take such an ID.
func (h *Handle) Member(pos uint32) journal.ID { return journal.IDOf(h.ID(), pos) }

// Accepted waits until the broker has the task in its journal, and returns its
// refusal if it doesn't take it.
func (h *Handle) Accepted(ctx context.Context) error {
	if err := h.client.await(ctx, &h.accepted); err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	return h.refusal
}

// Wait waits for the end of the task. The result says how it ended; if it did not end as
// done, the error is a *TaskError.
func (h *Handle) Wait(ctx context.Context) (Result, error) {
	if h.detached {
		return h.waitDetached(ctx)
	}
	if err := h.client.await(ctx, &h.ended); err != nil {
		return Result{}, fmt.Errorf("wait: %w", err)
	}
	return newResult(h.end), h.err
}

func (h *Handle) waitDetached(ctx context.Context) (Result, error) {
	if err := h.Accepted(ctx); err != nil {
		return Result{}, err
	}
	return h.client.Wait(ctx, h.id)
}

// Done returns a channel that is closed when the task has ended or was refused, so that one
// select can wait for many tasks. It stays open for a detached task that was accepted, and
// for any task when the client is closed first.
func (h *Handle) Done() <-chan struct{} { return h.ended.done() }

// take takes in a word of the broker about the task.
func (h *Handle) take(m wire.Message) {
	switch m := m.(type) {
	case *wire.Accepted:
		h.accept(m.Task, m.Known)
	case *wire.Refuse:
		h.refuse(m)
	case *wire.Started:
		if h.onStart != nil {
			h.onStart(Start{Task: m.Task, Attempt: m.Attempt, Worker: m.Worker})
		}
	case *wire.Progress:
		if h.onProgress != nil {
			h.onProgress(newProgress(m))
		}
	case *wire.Status:
		if h.onExhausted != nil {
			h.onExhausted(m.Task)
		}
	case *wire.Ended:
		h.finish(m)
	}
}

func (h *Handle) accept(id journal.ID, known bool) {
	h.id, h.known = id, known
	h.accepted.happen()
}

func (h *Handle) finish(m *wire.Ended) {
	h.end, h.err = m, endError(m)
	h.ended.happen()
}

// refuse ends a handle whose task the broker doesn't take, or doesn't know any
// more.
func (h *Handle) refuse(m *wire.Refuse) {
	if h.accepted.has() {
		h.err = fmt.Errorf("wait: %w", m.Err())
	} else {
		h.refusal = fmt.Errorf("submit: %w", m.Err())
		h.err = h.refusal
		h.accepted.happen()
	}
	h.ended.happen()
}
