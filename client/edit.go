package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bcp/broker/wire"
	"bcp/journal"
)

// Edit is what is changed of what was asked for with a task. What is not named
// stays as it is.
type Edit struct {
	// Set has the new values: all of its options that are not zero, and the worker
	// or service if it names one. Its body, command and key count for nothing.
	Set Task

	// Clear names the options that are changed to what they are when they are left
	// out of a submit, as PROTOCOL.md spells them: "run-timeout", "label".
	Clear []string

	Reason string // kept with the task
}

// Edit changes what was asked for with a task that has not ended, and returns where it
// stands then. Changed timeouts take effect at once, also for an attempt that runs. Where
// the task runs, and when it may be dispatched, can be changed only while it is pending.
// Otherwise Edit is refused with wire.CodeNotAllowed, and nothing has been changed.
func (c *Client) Edit(ctx context.Context, id journal.ID, e Edit) (journal.Task, error) {
	return c.edit(ctx, &wire.Edit{Task: id}, &e)
}

// EditKey is Edit for the task that was last submitted under a key.
func (c *Client) EditKey(ctx context.Context, key string, e Edit) (journal.Task, error) {
	return c.edit(ctx, &wire.Edit{Key: key}, &e)
}

// ErrNoChange tells that an edit names nothing to change, or a move nobody to move to.
var ErrNoChange = errors.New("nothing to change is named")

// What of an edit and of a move is accepted, by who names nothing.
var (
	errNoEdit = fmt.Errorf("%w: options in Set, a worker or a service in it, or what to clear is accepted", ErrNoChange)
	errNoMove = fmt.Errorf("move: %w: a worker or a service to move to is accepted", ErrNoChange)
)

// Move gives a pending task to another worker or service. It keeps its place in
// the order of its submit.
func (c *Client) Move(ctx context.Context, id journal.ID, to journal.Target, reason string) (journal.Task, error) {
	if to.Kind == 0 {
		return journal.Task{}, errNoMove
	}
	return c.askStatus(ctx, "move", &wire.Edit{Task: id, Target: to, By: c.name, Text: reason})
}

func (c *Client) edit(ctx context.Context, m *wire.Edit, e *Edit) (journal.Task, error) {
	if err := e.fill(m); err != nil {
		return journal.Task{}, fmt.Errorf("edit: %w", err)
	}
	m.By, m.Text = c.name, e.Reason
	return c.askStatus(ctx, "edit", m)
}

// fill puts what is changed into the message, which has to be something.
func (e *Edit) fill(m *wire.Edit) error {
	if e.Set.Worker != "" && e.Set.Service != "" {
		return ErrTarget
	}
	if err := e.Set.check(); err != nil {
		return err
	}
	m.Spec = e.Set.spec()
	if e.Set.Worker != "" || e.Set.Service != "" {
		m.Target = m.Spec.Target
	}
	m.Spec.Target = journal.Target{}
	for i := range journal.Options {
		if o := &journal.Options[i]; o.IsSet(m.Spec) || o.Name == "tries" && e.Set.Tries > 0 {
			m.Options = append(m.Options, o.Number)
		}
	}
	for _, name := range e.Clear {
		o := journal.OptionNamed(name)
		switch {
		case o == nil:
			return wire.Errorf(wire.CodeBadOption, "clear %q: one of %s is accepted", name, strings.Join(journal.Editable(), ", "))
		case slices.Contains(m.Options, o.Number):
			return wire.Errorf(wire.CodeBadOption, "clear %q: an option that is not set in the same edit is accepted", name)
		}
		m.Options = append(m.Options, o.Number)
	}
	if m.Target.Kind == 0 && len(m.Options) == 0 {
		return errNoEdit
	}
	return nil
}
