package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
	"bcp/journal"
	"bcp/journal/bolt"
)

func newJournalBackupCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the journal, also of a broker that is running",
		Long: `backup writes a copy of the journal as of one moment to FILE, and its large payloads
to FILE.blobs: what was accepted before it began is in it. The copy has its name when
it is whole, synced and verified. It is a journal like any other: --db FILE reads it,
journal restore puts it in place. What is damaged of the journal is so in the copy, which
is kept all the same, for an export of the rest: then that is told, with exit code 7.

The broker goes on meanwhile, and writes FILE itself. It can't use again what it frees
until the copy is made, so its file grows by what is written in that time. On the file
system of the journal large payloads are linked and not copied: keep a backup on
another disk.

-o json prints {"file":, "bytes":}: the copy, and its size without large payloads.` + exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker, exitDamaged),
		Args:              someFiles(1, 1, "one name of a file that is not there"),
		ValidArgsFunction: anyFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runJournalBackup(cmd.Context(), g, args[0], stdioOf(cmd))
		},
	}
}

// backedUp is a copy that was made.
type backedUp struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"` // without large payloads
}

func runJournalBackup(ctx context.Context, g *globals, path string, std stdio) error {
	path, err := absolute(path)
	if err != nil {
		return err
	}
	bar := newProgress(-1, std.words, nil)
	err = backup(ctx, g, path, bar.copied)
	bar.over()
	switch {
	case errors.Is(err, fs.ErrExist):
		return usagef("%s: there is a file of that name; a new name is accepted", path)
	case err != nil:
		return inUse(err, "ask it instead, without --db")
	}
	fmt.Fprintf(std.words, "Written and verified: %s\n", copiedText(path))
	return printDone(g, std.out, path, backedUp{path, sizeOf(path)})
}

func backup(ctx context.Context, g *globals, path string, progress func(journal.Copied)) error {
	if g.db != "" {
		return bolt.BackupFile(ctx, g.db, path, bolt.Options{}, progress)
	}
	if !utf8.ValidString(path) { // the broker, which is told in JSON, would write another file
		return usagef("path %q: UTF-8 is accepted", path)
	}
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	return c.BackupJournal(ctx, api.BackupRequest{Path: path}, func(e api.JournalEvent) error {
		if e.Copied != nil {
			progress(*e.Copied)
		}
		return nil
	})
}
