package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
)

func newTasksShowCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "show TASK",
		Short: "Show all that is known of a task",
		Long:  "Show all that is known of a task." + exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker),
		Args:  someArgs(1, 1, "one task"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTasksShow(cmd.Context(), g, args[0], cmd.OutOrStdout())
		},
	}
}

func runTasksShow(ctx context.Context, g *globals, ref string, out io.Writer) error {
	s, err := g.source()
	if err != nil {
		return err
	}
	defer s.Close()
	t, err := s.Task(ctx, ref)
	if err != nil {
		return err
	}
	return printItem(g, out, taskView(), t, taskFields)
}

func taskFields(t api.Task) []field {
	fields := []field{
		{"ID", t.ID},
		{"State", heldText(t.State, t.Held)},
		{"Reason", t.Reason},
		{"Class", t.Class},
		{"Text", t.Text},
		{"Target", targetText(t.Target)},
		{"Worker", t.Worker},
		{"Attempt", fmt.Sprintf("%d (%d failed, %d lost)", t.Attempt, t.Failures, t.Losses)},
		{"Stopping", t.Stopping},
		{"Submitted", t.SubmittedAt},
		{"Not before", t.NotBeforeAt},
		{"Waits for", strings.Join(t.WaitsFor, "\n")},
		{"Dispatched", t.DispatchedAt},
		{"Started", t.StartedAt},
		{"Progress", progressText(t.Progress)},
		{"Ended", t.EndedAt},
		{"Body", bodyText(&t)},
	}
	if c := t.Cancel; c != nil {
		fields = append(fields, field{"Canceled by", c.By}, field{"Cancel reason", c.Text}, field{"Cancel asked", c.At})
	}
	return append(fields, optionFields(&t)...)
}

// bodyText tells of an ended task whether its body is kept with it.
func bodyText(t *api.Task) string {
	switch {
	case !t.Ended:
		return ""
	case t.BodyKept:
		return "kept"
	}
	return "not kept"
}

func optionFields(t *api.Task) []field {
	o := &t.Options
	ms := func(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
	return []field{
		{"Client", t.Client},
		{"Key", t.Key},
		{"Command", commandText(t.Argv)},
		{"Tries", o.Tries},
		{"On worker lost", fmt.Sprintf("%s, at most %d times", o.OnWorkerLost, o.LossMax)},
		{"Start timeout", ms(o.StartTimeoutMS)},
		{"Run timeout", ms(o.RunTimeoutMS)},
		{"Queue timeout", ms(o.QueueTimeoutMS)},
		{"Cancel grace", ms(o.CancelGraceMS)},
		{"Priority", o.Priority},
		{"Delay", ms(o.DelayMS)},
		{"Retry delay", retryText(o)},
		{"After", strings.Join(t.After, "\n")},
		{"On unmet", t.OnUnmet},
		{"Labels", labelsText(t.Labels, "\n")},
	}
}

// retryText tells how long the task waits between its tries.
func retryText(o *api.Options) string {
	if o.RetryDelayMS == 0 {
		return ""
	}
	first := time.Duration(o.RetryDelayMS) * time.Millisecond
	if o.RetryDelayMaxMS <= o.RetryDelayMS {
		return first.String()
	}
	return fmt.Sprintf("%v, doubling up to %v", first, time.Duration(o.RetryDelayMaxMS)*time.Millisecond)
}

// progressText writes what there is of "40% reading input (rows=1200)".
func progressText(p *api.Progress) string {
	if p == nil {
		return ""
	}
	var parts []string
	if p.Fraction >= 0 {
		parts = append(parts, fmt.Sprintf("%.0f%%", p.Fraction*100))
	}
	if p.Text != "" {
		parts = append(parts, p.Text)
	}
	if len(p.Pairs) > 0 {
		parts = append(parts, "("+labelsText(p.Pairs, ", ")+")")
	}
	return strings.Join(parts, " ")
}

// commandText writes a command so that its arguments can be told apart.
func commandText(argv []string) string {
	words := make([]string, 0, len(argv))
	for _, a := range argv {
		if a == "" || strings.ContainsAny(a, " \t\n\"'\\") {
			a = fmt.Sprintf("%q", a)
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}
