package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
)

func newTasksExplainCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "explain TASK",
		Short: "Tell why a task is where it is, and what happens to it next",
		Long: `Tell why a task is where it is: whether it is held, delayed or waits for other
tasks, its place in its queue, the workers that could do it, or the worker that
has it; and what happens next of itself. Only a running broker can tell.` +
			exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker, exitDamaged),
		Args: someArgs(1, 1, "one task"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTasksExplain(cmd.Context(), g, args[0], cmd.OutOrStdout())
		},
	}
}

func runTasksExplain(ctx context.Context, g *globals, ref string, out io.Writer) error {
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	e, err := c.Explain(ctx, ref)
	if err != nil {
		return err
	}
	if !g.forPeople() {
		v := view[api.Explanation]{name: func(e api.Explanation) string { return e.Task.ID }}
		return printItem(g, out, v, e, nil)
	}
	for _, line := range explainText(&e) {
		if _, err := fmt.Fprintln(out, printable(line)); err != nil {
			return err
		}
	}
	return nil
}
