package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
	"bcp/journal"
	"bcp/journal/bolt"
)

func newJournalVerifyCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Look whether the journal is whole, and name what is not",
		Long: `verify looks at every row under its checksum, every index and key against the
rows, and every large payload. It prints what is wrong: where, of which task, and
what. A note is of something that is no damage, such as what a crash has left behind:
commits that are in the log alone, which the next opening brings to where all else is,
and files that it removes. It changes nothing.

With --db FILE it also looks at every page of the file, at counters and at the sums
of all entries. A broker that has the journal open goes on meanwhile; these can't be
told then, but in a backup, which is verified as a whole when it is made.

-o json prints a list of {"bucket":, "task":, "what":, "note":}, one for each thing that it
found: empty for a whole journal without notes.` + exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker, exitDamaged),
		Args: someArgs(0, 0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runJournalVerify(cmd.Context(), g, stdioOf(cmd))
		},
	}
}

func runJournalVerify(ctx context.Context, g *globals, std stdio) error {
	list := newProblemList(g, std)
	checked, name, err := verify(ctx, g, list)
	list.bar.over()
	if err != nil {
		return inUse(list.printer.cutOff(err), "ask it instead, without --db")
	}
	if err := list.close(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Fprintf(std.words, "%s is whole: %s, %d live and %d ended, %s\n", name,
		count(int(checked.Entries), "row"), checked.Live, checked.Ended, count(int(checked.Blobs), "large payload"))
	return nil
}

func verify(ctx context.Context, g *globals, list *problemList) (checked journal.Checked, name string, err error) {
	if g.db != "" {
		checked, err = bolt.VerifyFile(ctx, g.db, bolt.Options{}, list.found, list.bar.checked)
		return checked, g.db, err
	}
	c, err := g.client()
	if err != nil {
		return checked, "", err
	}
	defer c.Close()
	err = c.VerifyJournal(ctx, func(e api.JournalEvent) error {
		switch {
		case e.Problem != nil:
			list.add(*e.Problem)
		case e.Checked != nil:
			checked = *e.Checked
			list.bar.checked(checked)
		}
		return nil
	})
	return checked, "the broker's journal", err
}
