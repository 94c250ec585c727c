package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
	"bcp/journal"
)

func newTasksResultCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "result TASK",
		Short: "Write the result of an ended task to the standard output",
		Long: `Write the result of an ended task to the standard output, as the worker gave
it. A task that did not end well is an error, also if it has a result.` +
			exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker, exitDamaged),
		Args:    someArgs(1, 1, "one task"),
		PreRunE: asItIs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTasksResult(cmd.Context(), g, args[0], cmd.OutOrStdout())
		},
	}
}

func runTasksResult(ctx context.Context, g *globals, ref string, out io.Writer) error {
	s, err := g.source()
	if err != nil {
		return err
	}
	defer s.Close()
	t, err := s.Task(ctx, ref)
	if err != nil {
		return err
	}
	if err := s.Result(ctx, t.ID, out); err != nil {
		return err
	}
	if t.State != journal.Done.String() {
		return fmt.Errorf("task %s", endText(&t))
	}
	return nil
}

// endText tells how a task ended, in one line.
func endText(t *api.Task) string {
	return t.ID + " is " + causeText(t.State, t.Reason, t.Text)
}
