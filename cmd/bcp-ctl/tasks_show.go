package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
)

func newTasksShowCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "show TASK",
		Short: "Show all that is known of a task",
		Long:  "Show all that is known of a task; of a broadcast, where each of its members stands as well." + exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker, exitDamaged),
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
	if err := printItem(g, out, taskView(time.Now), t, taskFields); err != nil || t.Target.Kind != api.TargetAll {
		return err
	}
	return showMembers(ctx, g, s, t.ID, out)
}

func taskFields(t api.Task) []field {
	fields := []field{
		{"ID", t.ID},
		{"State", hinderedText(&t)},
		{"Pinned", t.Pinned},
		{"Reason", t.Reason},
		{"Class", t.Class},
		{"Text", t.Text},
		{"Target", targetText(t.Target)},
		{"Worker", t.Worker},
		{"Attempt", fmt.Sprintf("%d (%d failed, %d lost)", t.Attempt, t.Failures, t.Losses)},
		{"Tries used", fmt.Sprintf("%d of %d", t.TriesUsed, t.Options.Tries)},
		{"Declined by", strings.Join(t.Declined, "\n")},
		{"Stopping", t.Stopping},
		{"Submitted", t.SubmittedAt},
		{"Not before", t.NotBeforeAt},
		{"Waits for", strings.Join(t.WaitsFor, "\n")},
		{"Dispatched", t.DispatchedAt},
		{"Started", t.StartedAt},
		{"Members", membersText(&t)},
		{"Array", t.Array},
		{"Broadcast", t.Broadcast},
		{"Index", indexText(&t)},
		{"Progress", progressText(t.Progress)},
		{"Checkpoint", checkpointText(t.Checkpoint)},
		{"Saved", checkpointTime(t.Checkpoint)},
		{"Ended", t.EndedAt},
		{"Body", bodyText(&t)},
		{"Kept until", t.KeepUntilAt},
	}
	if c := t.Cancel; c != nil {
		fields = append(fields, field{"Canceled by", c.By}, field{"Cancel reason", c.Text}, field{"Cancel asked", c.At})
	}
	fields = append(fields, field{"Client", t.Client}, field{"Key", t.Key}, field{"Command", commandText(t.Argv)})
	fields = append(fields, optionFields(&t)...)
	return append(fields,
		field{"After", strings.Join(t.After, "\n")},
		field{"On unmet", t.OnUnmet},
		field{"Labels", labelsText(t.Labels, "\n")},
	)
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

func checkpointText(c *api.Checkpoint) string {
	if c == nil {
		return ""
	}
	return fmt.Sprintf("%s, by attempt %d", count(c.Size, "byte"), c.Attempt)
}

func checkpointTime(c *api.Checkpoint) api.Time {
	if c == nil {
		return 0
	}
	return c.At
}

// goingText tells how far a task is that has not ended: an array or a broadcast by its
// members.
func goingText(t *api.Task) string {
	if t.Members != nil && !t.Ended {
		return membersText(t)
	}
	return progressText(t.Progress)
}

func membersText(t *api.Task) string {
	if t.Members == nil {
		return ""
	}
	return t.Members.String()
}

func indexText(t *api.Task) string {
	if t.Index == nil {
		return ""
	}
	return strconv.FormatUint(uint64(*t.Index), 10)
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
