package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
	"bcp/journal"
)

func newStatusCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show how the broker stands",
		Long:  "Show how the broker stands: its tasks, its peers, and what it did since its start." + exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker),
		Args:  someArgs(0, 0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runStatus(cmd.Context(), g, cmd.OutOrStdout())
		},
	}
}

func runStatus(ctx context.Context, g *globals, out io.Writer) error {
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	v := view[api.Status]{name: func(s api.Status) string { return s.Broker }}
	return printItem(g, out, v, s, statusFields)
}

func statusFields(s api.Status) []field {
	return []field{
		{"Version", s.Version},
		{"Broker", s.Broker},
		{"Epoch", s.Epoch},
		{"Journal", s.Journal},
		{"Disk", diskText(s.Disk)},
		{"Endpoints", strings.Join(s.Endpoints, ", ")},
		{"Started", s.StartedAt},
		{"Pending", s.Tasks.Pending},
		{"Dispatched", s.Tasks.Dispatched},
		{"Running", s.Tasks.Running},
		{"Canceling", s.Tasks.Canceling},
		{"Ended, kept", s.Tasks.Ended},
		{"Workers", s.Workers},
		{"Workers away", s.Away},
		{"Sessions", s.Sessions},
		{"Submitted since the start", s.Totals.Submitted},
		{"Done since the start", s.Totals.Done},
		{"Failed since the start", s.Totals.Failed},
		{"Canceled since the start", s.Totals.Canceled},
		{"Attempts since the start", s.Totals.Attempts},
		{"Lost since the start", s.Totals.Lost},
		{"Refused since the start", s.Totals.Refused},
	}
}

// diskText tells how the journal's disk stands.
func diskText(d *api.Disk) string {
	switch {
	case d == nil:
		return "not watched"
	case d.Lost:
		return "the journal's file has been moved or removed: new tasks are refused; put it back, or save all with journal backup before the broker ends"
	}
	text := fmt.Sprintf("%s free, %s kept for the ends of what was accepted", journal.SizeText(d.Free), journal.SizeText(d.Kept))
	if d.Full {
		text = "full, new tasks are refused: " + text
	}
	return text
}
