package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/cmd/internal/values"
	"bcp/journal"
)

// retryEvery is how often a broker that is away is looked for.
const retryEvery = time.Second

type tasksWaitOptions struct{ timeout time.Duration }

// AddFlags adds the command's flags.
func (o *tasksWaitOptions) AddFlags(f *pflag.FlagSet) {
	values.Duration(f, &o.timeout, "timeout", 0, "give up after so long (default never)")
}

func newTasksWaitCommand(g *globals) *cobra.Command {
	o := &tasksWaitOptions{}
	cmd := &cobra.Command{
		Use:   "wait TASK...",
		Short: "Wait until tasks have ended",
		Long: `Wait until all the tasks have ended, and list them as they do, in the order
given. A broker that goes away meanwhile is waited for, too. On a terminal the
standard error shows how far the task is that is waited for: what it says itself,
and how many members of an array have ended.` +
			exitTexts.Help(exitFine, exitError, exitUsage, exitNotWell, exitNoBroker),
		Args: someArgs(1, math.MaxInt, "one task or more"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("timeout") && o.timeout == 0 {
				return usagef("--timeout 0s: more than 0 is accepted, or no --timeout to wait for ever")
			}
			return runTasksWait(cmd.Context(), g, o, args, stdioOf(cmd))
		},
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func runTasksWait(ctx context.Context, g *globals, o *tasksWaitOptions, refs []string, std stdio) error {
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	ids, err := resolveAll(ctx, c, refs)
	if err != nil {
		return err
	}
	w := newWaiter(c, o.timeout, std.words)
	p := newPrinter(g, std.out, taskView(time.Now))
	var notWell error
	for i, id := range ids {
		w.ordinal = ordinalText(i, len(ids))
		t, err := w.wait(ctx, id)
		if err != nil {
			return err
		}
		notWell = errors.Join(notWell, endedWell(&t))
		if err := cmp.Or(p.add(t), p.flush()); err != nil { // the next one may take its time
			return err
		}
	}
	return errors.Join(p.close(), notWell)
}

// resolveAll looks the tasks up first: who mistypes the last of them should not
// have to wait for the others to be told.
func resolveAll(ctx context.Context, c *api.Client, refs []string) ([]string, error) {
	ids := make([]string, 0, len(refs))
	for _, ref := range refs {
		t, err := c.Task(ctx, ref)
		if err != nil {
			return nil, err
		}
		ids = append(ids, t.ID)
	}
	return ids, nil
}

// endedWell is an error for a task that did not end as done.
func endedWell(t *api.Task) error {
	if t.State == journal.Done.String() {
		return nil
	}
	return fmt.Errorf("task %w: %s", errNotWell, endText(t))
}

// waiter waits for tasks, over restarts of the broker, until its time is up.
type waiter struct {
	client   *api.Client
	deadline time.Time // zero for none
	words    io.Writer
	terminal bool          // is where they go
	ordinal  string        // of the task among several, before its ID
	every    time.Duration // it is looked at, to show how far it is
	away     bool
}

func newWaiter(c *api.Client, timeout time.Duration, words io.Writer) *waiter {
	w := &waiter{client: c, words: words, terminal: isTerminal(words), every: lookEvery}
	if timeout > 0 {
		w.deadline = time.Now().Add(timeout)
	}
	return w
}

func (w *waiter) wait(ctx context.Context, id string) (api.Task, error) {
	for {
		left, err := w.left(id)
		if err != nil {
			return api.Task{}, err
		}
		stop := w.watch(ctx, id)
		t, err := w.client.Wait(ctx, id, left)
		stop()
		if !isAway(err) {
			w.away = false
			return t, timedOut(id, err)
		}
		if err := w.pause(ctx); err != nil {
			return api.Task{}, err
		}
	}
}

// left is the time that is left, 0 for no limit.
func (w *waiter) left(id string) (time.Duration, error) {
	if w.deadline.IsZero() {
		return 0, nil
	}
	if left := time.Until(w.deadline); left > 0 {
		return left, nil
	}
	return 0, fmt.Errorf("task %s %w", id, errNotInTime)
}

func timedOut(id string, err error) error {
	var refused *api.Error
	if errors.As(err, &refused) && refused.Code == api.CodeTimeout {
		return fmt.Errorf("task %s %w", id, errNotInTime)
	}
	return err
}

// isAway tells whether the broker is gone or going, in order or not.
func isAway(err error) bool {
	var refused *api.Error
	if errors.As(err, &refused) {
		return refused.Code == api.CodeStopping || refused.Code == api.CodeFailed
	}
	return errors.Is(err, api.ErrNoBroker) && !errors.Is(err, fs.ErrPermission) // who may not ask now never may
}

// pause waits before the broker is looked for again.
func (w *waiter) pause(ctx context.Context) error {
	if !w.away {
		w.away = true
		fmt.Fprintln(w.words, "The broker is away: waiting for it to come back.")
	}
	return rest(ctx)
}

// rest waits until the broker may be asked again.
func rest(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(retryEvery):
		return nil
	}
}
