package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
	"bcp/journal"
	"bcp/journal/bolt"
)

func newJournalCompactCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "compact",
		Short: "Make the file of a journal small again, also of a broker that is running",
		Long: `compact verifies the journal, writes its file anew without its free pages, and puts
that in its place when it is whole and synced. One that is damaged stays as it is. A
broker uses free pages again, so this is only of use where much more was kept once
than is now.

The broker goes on meanwhile. The copy, FILE.new-compact, follows what is committed, and
needs its own room on the journal's disk until it takes the place of the other; for the
last part commits have to wait, and the command says for how long. Large payloads stay
where they are. Whenever it is broken off, the journal stays as it was. With --db FILE
it compacts a journal that no broker has open.

-o json prints {"file":, "before":, "after":, "pause_us":}: the journal, its size then and
now in bytes, and for how long commits waited in microseconds, 0 with --db. Of a damaged
journal it prints what is wrong, as journal verify does.` + exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker, exitDamaged),
		Args: someArgs(0, 0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runJournalCompact(cmd.Context(), g, stdioOf(cmd))
		},
	}
}

// compacted is a file that was written anew.
type compacted struct {
	File string `json:"file"`
	journal.Compacted
}

func runJournalCompact(ctx context.Context, g *globals, std stdio) error {
	list := newProblemList(g, std)
	done, err := compact(ctx, g, list)
	list.bar.over()
	name := "the broker's journal"
	if g.db != "" {
		name = g.db
	}
	switch {
	case err != nil && list.problems > 0:
		return fmt.Errorf("%s stays as it is: %w", name, list.close())
	case err != nil:
		return inUse(err, "ask it instead, without --db")
	}
	fmt.Fprintf(std.words, "%s had %s, and has %s", name, journal.SizeText(done.Before), journal.SizeText(done.After))
	if g.db == "" {
		fmt.Fprintf(std.words, "; commits waited for %s", time.Duration(done.PauseUS)*time.Microsecond)
	}
	fmt.Fprintln(std.words)
	return printDone(g, std.out, done.File, done)
}

// compact lists the problems that keep a journal from being compacted: notes are for verify.
func compact(ctx context.Context, g *globals, list *problemList) (done compacted, err error) {
	found := func(p api.JournalProblem) {
		if !p.Note {
			list.add(p)
		}
	}
	if g.db != "" {
		done.File = g.db
		done.Compacted, err = bolt.Compact(ctx, g.db, bolt.Options{}, journal.Observer{Found: func(p journal.Problem) { found(api.NewJournalProblem(p)) }, Checked: list.bar.checked, Copied: list.bar.copied})
		return done, err
	}
	c, err := g.client()
	if err != nil {
		return done, err
	}
	defer c.Close()
	if !g.forPeople() { // whom it is told as the broker's
		status, err := c.Status(ctx)
		if err != nil {
			return done, err
		}
		done.File = status.Journal
	}
	err = c.CompactJournal(ctx, func(e api.JournalEvent) error {
		switch {
		case e.Problem != nil:
			found(*e.Problem)
		case e.Checked != nil:
			list.bar.checked(*e.Checked)
		case e.Copied != nil:
			list.bar.copied(*e.Copied)
		case e.Compacted != nil:
			done.Compacted = *e.Compacted
		}
		return nil
	})
	return done, err
}
