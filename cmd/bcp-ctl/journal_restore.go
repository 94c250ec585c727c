package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
	"bcp/journal"
	"bcp/journal/bolt"
)

func newJournalRestoreCommand(g *globals) *cobra.Command {
	force := false
	cmd := &cobra.Command{
		Use:   "restore BACKUP --db FILE",
		Short: "Put a backup in the place of a journal",
		Long: `restore verifies BACKUP and copies it, with its large payloads, to the journal file
of --db. A journal that is there is only replaced with --force; then it is kept beside
the other one, and its name is told. One that a broker has open is never replaced, nor
is a file that is no journal. What has the folder FILE.blobs of large payloads beside it
is taken for a journal, however damaged. Where that folder has payloads that BACKUP has
not, and FILE is gone, nothing is restored: move the folder away, or put FILE back.

A backup of an older schema, such as FILE.schema-2.bak that a migration has made, is
restored as it is: the next start of a broker migrates it, and an older program can go
on with it. It is verified by what a migration makes of a copy, which takes the room of
the backup once more beside FILE until that is done.

-o json prints {"file":, "bytes":, "kept":}: the journal, its size without large payloads,
and, if one was there, the name under which that is kept. Of a damaged BACKUP it prints
what is wrong, as journal verify does.` + exitTexts.Help(exitFine, exitError, exitUsage, exitDamaged),
		Args:              someFiles(1, 1, "one backup"),
		ValidArgsFunction: anyFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runJournalRestore(cmd.Context(), g, args[0], force, stdioOf(cmd))
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace a journal that is there, and keep it under another name")
	return cmd
}

// restored is a journal that was put in place.
type restored struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`          // without large payloads
	Kept  string `json:"kept,omitempty"` // the journal that was there
}

func runJournalRestore(ctx context.Context, g *globals, from string, force bool, std stdio) error {
	path, err := g.needFile()
	if err != nil {
		return err
	}
	list := newProblemList(g, std)
	found := func(p journal.Problem) {
		if p.Note {
			list.bar.say("Note: " + problemText(api.NewJournalProblem(p)))
			return
		}
		list.found(p)
	}
	kept, err := bolt.Restore(ctx, from, path, bolt.RestoreOptions{Replace: force, Found: found, Copied: list.bar.copied})
	list.bar.over()
	if kept != "" {
		fmt.Fprintf(std.words, "The journal that was there is kept as %s\n", kept)
	}
	switch {
	case errors.Is(err, bolt.ErrDamagedBackup):
		return fmt.Errorf("%s, nothing was changed: %w", from, list.close())
	case errors.Is(err, fs.ErrExist) && !force:
		return usagef("--db %s: there is a journal; it is replaced with --force, and kept under another name", path)
	case err != nil:
		return inUse(list.printer.cutOff(err), "stop it first")
	}
	fmt.Fprintf(std.words, "Restored: %s\n", copiedText(path))
	return printDone(g, std.out, path, restored{path, sizeOf(path), kept})
}
