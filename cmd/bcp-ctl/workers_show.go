package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
)

func newWorkersShowCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Show a worker and the tasks that it has",
		Long:  "Show a worker and the tasks that it has." + exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker),
		Args:  someArgs(1, 1, "the name of one worker"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runWorkersShow(cmd.Context(), g, args[0], cmd.OutOrStdout())
		},
	}
}

func runWorkersShow(ctx context.Context, g *globals, name string, out io.Writer) error {
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	w, err := c.Worker(ctx, name)
	if err != nil {
		return err
	}
	return printItem(g, out, workerView(), w, workerFields)
}

func workerFields(w api.Worker) []field {
	fields := []field{
		{"Name", w.Name},
		{"State", w.State},
		{"Dialect", w.Dialect},
		{"Services", strings.Join(w.Services, ", ")},
		{"Busy", busyText(w)},
		{"Resources", strings.Join(usageTexts(w), ", ")},
		{"Labels", strings.Join(w.Labels, ", ")},
		{"Heard", w.HeardAt},
		{"Registered", w.RegisteredAt},
	}
	for _, id := range w.Tasks {
		fields = append(fields, field{"Task", id})
	}
	return fields
}
