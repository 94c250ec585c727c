package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
)

func newTasksHistoryCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "history TASK",
		Short: "Show every step of a task's life, with attempt, worker and time",
		Long: "Show every record that the journal has of a task, in order, with attempt,\nworker and time." +
			exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker, exitDamaged),
		Args: someArgs(1, 1, "one task"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTasksHistory(cmd.Context(), g, args[0], stdioOf(cmd))
		},
	}
}

func runTasksHistory(ctx context.Context, g *globals, ref string, std stdio) error {
	s, err := g.source()
	if err != nil {
		return err
	}
	defer s.Close()
	entries, err := s.History(ctx, ref)
	if err != nil {
		return err
	}
	p := newPrinter(g, std.out, historyView())
	for _, e := range entries {
		if err := p.add(e); err != nil {
			return err
		}
	}
	return p.finish(std.words)
}

func historyView() view[api.HistoryEntry] {
	now := time.Now()
	return view[api.HistoryEntry]{
		plural: "records",
		name:   func(e api.HistoryEntry) string { return e.Kind },
		columns: []column[api.HistoryEntry]{
			{"AGE", inTable, func(e api.HistoryEntry) string { return age(e.At, now) }},
			{"TIME", inWide, func(e api.HistoryEntry) string { return e.At.String() }},
			{"RECORD", nil, func(e api.HistoryEntry) string { return e.Kind }},
			{"ATTEMPT", nil, func(e api.HistoryEntry) string { return strconv.Itoa(int(e.Attempt)) }},
			{"WORKER", nil, func(e api.HistoryEntry) string { return e.Worker }},
			{"STATE", nil, func(e api.HistoryEntry) string { return e.State }},
			{"REASON", nil, func(e api.HistoryEntry) string { return reasonText(e.Reason, e.Class) }},
			{"WAIT", nil, waitText},
			{"OTHER", nil, func(e api.HistoryEntry) string { return e.Other }},
			{"BY", nil, func(e api.HistoryEntry) string { return e.By }},
			{"TEXT", inTable, func(e api.HistoryEntry) string { return short(recordText(e)) }},
			{"TEXT", inWide, recordText},
		},
	}
}

// recordText is what was changed, and what was said with it.
func recordText(e api.HistoryEntry) string {
	if len(e.Changes) == 0 {
		return e.Text
	}
	return strings.Join(e.Changes, " ") + colon(e.Text)
}

// waitText tells how long a task that is pending again waits for its next attempt.
func waitText(e api.HistoryEntry) string {
	if e.DelayMS == 0 {
		return ""
	}
	return (time.Duration(e.DelayMS) * time.Millisecond).String()
}
