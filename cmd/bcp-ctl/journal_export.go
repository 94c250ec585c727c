package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
	"bcp/journal"
	"bcp/journal/bolt"
)

func newJournalExportCommand(g *globals) *cobra.Command {
	var expression api.Given
	cmd := &cobra.Command{
		Use:   "export > FILE",
		Short: "Write the journal as JSON lines",
		Long: `export writes JSON lines to the standard output: a first line with bcp_export, one for
each setting, task and tombstone, and a last line with end. A task's line has what the
API shows of it, its history, its row as the journal has it, and its payloads in
base64. With --filter it has tasks alone: those that it means, ended ones too where it
has no term for the state.

What is damaged is left out and told on the standard error: so export and import save
what is whole of a damaged journal. An export from a running broker has each task as
of one moment, not all of the same one; for that, export a backup.
` + filterHelp() + exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker, exitDamaged),
		Args:    someArgs(0, 0, "none"),
		PreRunE: asItIs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runJournalExport(cmd.Context(), g, expression, stdioOf(cmd))
		},
	}
	addExpression(cmd.Flags(), &expression, "only tasks for which this `expression` holds")
	return cmd
}

// lineWriter writes an export.
type lineWriter struct {
	out *bufio.Writer
	bar progress
	end api.ExportEnd
}

func runJournalExport(ctx context.Context, g *globals, expression api.Given, std stdio) error {
	what := api.ExportRequest{Filter: expression}
	want, err := what.Want()
	if err != nil {
		return usagef("--%v", err)
	}
	w := &lineWriter{out: bufio.NewWriterSize(std.out, 64<<10), bar: newProgress(-1, std.words, std.out)}
	if g.db != "" {
		err = w.exportFile(ctx, g.db, want)
	} else {
		err = w.exportBroker(ctx, g, what)
	}
	w.bar.over()
	if err := cmp.Or(err, w.out.Flush()); err != nil { // which fails as the export has, if that could not write
		return inUse(err, "ask it instead, without --db")
	}
	fmt.Fprintf(std.words, "%s exported\n", count(w.end.Items, "item"))
	if w.end.LeftOut > 0 {
		return fmt.Errorf("%s left out: %w", count(w.end.LeftOut, "damaged item"), errDamaged)
	}
	return nil
}

func (w *lineWriter) exportBroker(ctx context.Context, g *globals, what api.ExportRequest) error {
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	return c.ExportJournal(ctx, what, w.write)
}

func (w *lineWriter) exportFile(ctx context.Context, path string, want func(*journal.Entry) bool) error {
	var end api.ExportEnd
	x, err := bolt.OpenExport(path, bolt.Options{}, func(p journal.Problem) {
		end.LeftOut++
		w.leftOut(api.NewJournalProblem(p))
	})
	if err != nil {
		return err
	}
	defer x.Close()
	if err := w.write(api.ExportHead(x.Broker())); err != nil {
		return err
	}
	err = x.Export(ctx, want, func(i journal.Item) error {
		end.Items++
		return w.write(api.NewExportLine(i))
	})
	if err != nil {
		return err
	}
	return w.write(api.ExportLine{End: &end})
}

// write writes a line. What was left out goes elsewhere.
func (w *lineWriter) write(l api.ExportLine) error {
	switch {
	case l.LeftOut != nil:
		w.leftOut(*l.LeftOut)
		return nil
	case l.End != nil:
		w.end = *l.End
	case l.Version == 0:
		w.end.Items++
		w.bar.tell(count(w.end.Items, "item"), int64(w.end.Items))
	}
	return json.NewEncoder(w.out).Encode(l)
}

func (w *lineWriter) leftOut(p api.JournalProblem) {
	w.bar.say("Left out: " + problemText(p))
}
