package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
	"bcp/journal"
)

func newJournalCommand(g *globals) *cobra.Command {
	group := newGroup("journal", "Check, back up, restore, compact, export and import the journal",
		newJournalVerifyCommand(g), newJournalBackupCommand(g), newJournalRestoreCommand(g),
		newJournalCompactCommand(g), newJournalExportCommand(g), newJournalImportCommand(g))
	group.Long = `A journal is a file, such as bcp.db, and the folder of its large payloads beside
it, bcp.db.blobs. verify, backup, compact and export ask the broker that has it open;
with --db FILE they are for a journal that no broker has open, as restore and import
are. When its broker was killed, the first command that reads such a file writes to it
as well, as the broker's next start would: it brings what was committed last from the
log of the file to where it is read.`
	return group
}

// errDamaged tells that there is something wrong with a journal.
var errDamaged = errors.New("the journal is damaged")

// needFile returns the file of --db, for what can't be done beside a broker.
func (g *globals) needFile() (string, error) {
	if g.db == "" {
		return "", usagef("--db is missing: the journal file of a broker that is not running is accepted")
	}
	return g.db, nil
}

// inUse says what can be done about a journal that a broker has open.
func inUse(err error, instead string) error {
	if !errors.Is(err, journal.ErrLocked) {
		return err
	}
	return fmt.Errorf("%w: %s", err, instead)
}

// problemView shows what is wrong with a journal.
func problemView() view[api.JournalProblem] {
	return view[api.JournalProblem]{
		name: func(p api.JournalProblem) string { return p.Task },
		columns: []column[api.JournalProblem]{
			{"WHERE", nil, func(p api.JournalProblem) string { return p.Bucket }},
			{"TASK", nil, func(p api.JournalProblem) string { return p.Task }},
			{"WHAT", nil, whatText},
		},
	}
}

func whatText(p api.JournalProblem) string {
	if p.Note {
		return "note: " + p.What
	}
	return p.What
}

// problemText writes what is wrong with a journal in a line of words.
func problemText(p api.JournalProblem) string {
	where := p.Bucket
	if p.Task != "" {
		where += ", task " + p.Task
	}
	return where + ": " + printable(p.What)
}

// problemList prints what is wrong with a journal as it is found, and shows how far the
// job is meanwhile.
type problemList struct {
	printer  *printer[api.JournalProblem]
	bar      progress
	problems int
	failed   error // of a print
}

func newProblemList(g *globals, std stdio) *problemList {
	return &problemList{printer: newPrinter(g, std.out, problemView()), bar: newProgress(-1, std.words, nil)}
}

func (l *problemList) add(p api.JournalProblem) {
	l.bar.over()
	if !p.Note {
		l.problems++
	}
	if err := l.printer.add(p); l.failed == nil {
		l.failed = err
	}
}

// found is add for what is read from a file.
func (l *problemList) found(p journal.Problem) { l.add(api.NewJournalProblem(p)) }

// close prints what is left, and tells whether there were problems.
func (l *problemList) close() error {
	if err := errors.Join(l.failed, l.printer.close()); err != nil {
		return err
	}
	if l.problems > 0 {
		return fmt.Errorf("%s: %w", count(l.problems, "problem"), errDamaged)
	}
	return nil
}

// printDone prints what was done to a journal's file, for programs: an object, or the name of
// the file. People are told in words.
func printDone[T any](g *globals, w io.Writer, file string, done T) error {
	if g.forPeople() {
		return nil
	}
	return printItem(g, w, view[T]{name: func(T) string { return file }}, done, nil)
}

// copiedText tells what was written.
func copiedText(path string) string {
	return fmt.Sprintf("%s, %s", path, journal.SizeText(sizeOf(path)))
}

func sizeOf(path string) int64 {
	if info, err := os.Stat(path); err == nil {
		return info.Size()
	}
	return 0
}

// absolute makes a path one for the broker, which has another working directory.
func absolute(path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return full, nil
}
