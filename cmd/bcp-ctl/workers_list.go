package main

import (
	"context"

	"github.com/spf13/cobra"
)

func newWorkersListCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the workers that the broker knows",
		Long: `List the workers that the broker knows: those that are there, and those that are
away but have attempts.` + exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker),
		Args: someArgs(0, 0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runWorkersList(cmd.Context(), g, stdioOf(cmd))
		},
	}
}

func runWorkersList(ctx context.Context, g *globals, std stdio) error {
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	p := newPrinter(g, std.out, workerView())
	if err := c.Workers(ctx, p.add); err != nil {
		return p.cutOff(err)
	}
	return p.finish(std.words)
}
