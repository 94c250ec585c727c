package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"
)

func newTasksBodyCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "body TASK",
		Short: "Write the body of a task to the standard output",
		Long: `Write the body of a task to the standard output, as it was submitted. The broker
keeps bodies of ended tasks as it is set up to (--keep-bodies).` +
			exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker, exitDamaged),
		Args:    someArgs(1, 1, "one task"),
		PreRunE: asItIs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTasksBody(cmd.Context(), g, args[0], cmd.OutOrStdout())
		},
	}
}

func runTasksBody(ctx context.Context, g *globals, ref string, out io.Writer) error {
	s, err := g.source()
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Body(ctx, ref, out)
}
