package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bcp/journal"
	"bcp/journal/bolt"
)

func newJournalCompactCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "compact --db FILE",
		Short: "Make the file of a journal small again",
		Long: `compact verifies the journal file of --db, writes it anew without its free pages, and
puts that in its place when it is whole and synced. A broker uses free pages again, so
this is only of use where much more was kept once than is now. It can't be done while a
broker has the journal open: stop it first.` + exitTexts.Help(exitFine, exitError, exitUsage, exitDamaged),
		Args: someArgs(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runJournalCompact(cmd.Context(), g, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
}

func runJournalCompact(ctx context.Context, g *globals, out, words io.Writer) error {
	path, err := g.needFile()
	if err != nil {
		return err
	}
	list, bar := newProblemList(g, out), newProgress(-1, words, out)
	before, after, err := bolt.Compact(ctx, path, bolt.Options{}, list.found, bar.copied)
	bar.over()
	switch {
	case errors.Is(err, journal.ErrCorrupt) && list.problems > 0:
		return fmt.Errorf("%s stays as it is: %w", path, list.close())
	case err != nil:
		return inUse(err, "stop it first")
	}
	fmt.Fprintf(words, "%s had %s, and has %s\n", path, journal.SizeText(before), journal.SizeText(after))
	return nil
}
