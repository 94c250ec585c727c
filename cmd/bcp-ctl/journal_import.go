package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
	"bcp/journal"
	"bcp/journal/bolt"
)

func newJournalImportCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "import EXPORT --db FILE",
		Short: "Take an export into a journal",
		Long: `import takes what journal export has written into the journal file of --db, which no
broker may have open; it makes one, of the same identity, if there is none. It reads the
whole export first: a line that is wrong or missing, or that is in the journal already
and is another one, ends it before anything is written. Of a line the row and the payloads
count, in base64; what it shows beside them is for who reads it. A journal that it makes has its name
when all of the export is in it. In one that was there what is there already as it is in
the export is left as it is, so the same command again does the rest after an interruption.

EXPORT is a file, or - for the standard input. That, and a pipe, are copied beside the
journal for the time of the import, for they are read twice.

-o json prints {"file":, "imported":, "before":}: the journal, how many items it took in,
and how many of the export were there before.` + exitTexts.Help(exitFine, exitError, exitUsage, exitDamaged),
		Args:              someFiles(1, 1, "one file of an export, or -,"),
		ValidArgsFunction: anyFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runJournalImport(cmd.Context(), g, args[0], stdioOf(cmd))
		},
	}
}

// imported is what has come into a journal.
type imported struct {
	File   string `json:"file"`
	Items  int    `json:"imported"`
	Before int    `json:"before"` // those that were there
}

func runJournalImport(ctx context.Context, g *globals, from string, std stdio) error {
	path, err := g.needFile()
	if err != nil {
		return err
	}
	x, err := openExport(from, std.in, path)
	if err != nil {
		return err
	}
	defer x.file.Close()
	if err := x.check(ctx, path); err != nil {
		return inUse(err, "stop it first")
	}
	store, err := bolt.OpenImport(path, bolt.Options{Broker: x.broker})
	if err != nil {
		return inUse(err, "stop it first")
	}
	bar, fresh, all := newProgress(x.size, std.words, nil), 0, 0
	err = x.portions(ctx, func(items []journal.Item) error {
		added, err := store.Import(items)
		fresh, all = fresh+added, all+len(items)
		bar.tell(count(all, "item"), x.read)
		return err
	})
	bar.over()
	err = store.End(err)
	switch {
	case err != nil && store.New():
		fmt.Fprintf(std.words, "%s: nothing is imported\n", path)
		return err
	case err != nil:
		fmt.Fprintf(std.words, "%s: %s imported so far; the same command again does the rest\n", path, count(fresh, "item"))
		return err
	}
	fmt.Fprintf(std.words, "%s: %s imported, %d there before\n", path, count(fresh, "item"), all-fresh)
	return printDone(g, std.out, path, imported{path, fresh, all - fresh})
}

// export is a file with an export.
type export struct {
	file   *os.File
	name   string
	size   int64
	broker [16]byte

	lines *bufio.Reader
	line  int
	read  int64
}

// An import commits so many items, or bytes of lines, at a time, about.
const (
	importItems = 1000
	importBytes = 16 << 20
)

// openExport opens the file of that name, - for the standard input. What can be read once
// alone is copied beside the journal at path.
func openExport(name string, in input, path string) (*export, error) {
	x := &export{name: name}
	if name == "-" {
		x.name = "standard input"
		return x, x.open(x.copyOf(in, path))
	}
	f, err := in.open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) != 0 {
		copied, err := x.copyOf(input{in.ctx, f}, path)
		return x, x.open(copied, errors.Join(err, f.Close()))
	}
	return x, x.open(f, nil)
}

// copyOf keeps what is read in a file without a name beside the journal at path, which is
// gone when it is closed.
func (x *export) copyOf(in io.Reader, path string) (*os.File, error) {
	f, err := copyIn(in, filepath.Dir(path))
	var cause *fs.PathError
	switch {
	case errors.As(err, &cause) && strings.HasPrefix(filepath.Base(cause.Path), copyPrefix):
		return nil, fmt.Errorf("%s: copy it beside %s: %w", x.name, path, cause.Err) // the copy's name says nothing
	case err != nil:
		return nil, fmt.Errorf("%s: %w", x.name, err)
	}
	return f, nil
}

// copyPrefix begins the name of a copy, which it has for a moment.
const copyPrefix = ".bcp-import-"

func copyIn(in io.Reader, folder string) (*os.File, error) {
	f, err := os.CreateTemp(folder, copyPrefix)
	if err != nil {
		return nil, err
	}
	if err = os.Remove(f.Name()); err == nil {
		_, err = io.Copy(struct{ io.Writer }{f}, in) // f itself tells of what can't be read in its own name
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// open begins with a file, unless that could not be had.
func (x *export) open(f *os.File, err error) error {
	if err != nil {
		return err
	}
	x.file = f
	info, err := f.Stat()
	if err == nil {
		x.size = info.Size()
		err = x.begin()
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	return nil
}

// begin reads the first line.
func (x *export) begin() error {
	if _, err := x.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	x.lines, x.line, x.read = bufio.NewReaderSize(x.file, 64<<10), 0, 0
	l, err := x.next()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%s: it is no export: what journal export writes is accepted", x.name)
	}
	if err != nil {
		return err
	}
	x.broker, err = l.BrokerID()
	return x.at(err)
}

// next reads a line. Every export has a last one, so the end of the file before that
// is an error.
func (x *export) next() (l api.ExportLine, err error) {
	text, err := x.lines.ReadBytes('\n')
	x.line++
	x.read += int64(len(text))
	if errors.Is(err, io.EOF) && x.read == 0 {
		return l, fmt.Errorf("%s: it is empty: what journal export writes is accepted", x.name)
	}
	if errors.Is(err, io.EOF) && x.line == 1 {
		return l, fmt.Errorf("%s: its first line has no end: what journal export writes is accepted", x.name)
	}
	if errors.Is(err, io.EOF) {
		return l, fmt.Errorf("%s: it is cut off after line %d: an export ends with a line that has \"end\"", x.name, x.line-1)
	}
	if err == nil {
		err = json.Unmarshal(text, &l)
	}
	if err != nil {
		err = x.at(api.DecodeError(err, &l))
	}
	return l, err
}

// at says in which line something is wrong.
func (x *export) at(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s, line %d: %w", x.name, x.line, err)
}

// portions calls fn with all items, some at a time.
func (x *export) portions(ctx context.Context, fn func([]journal.Item) error) error {
	if err := x.begin(); err != nil {
		return err
	}
	var items []journal.Item
	from, since := x.line+1, x.read
	for {
		l, err := x.next()
		if err != nil {
			return err
		}
		if l.End != nil {
			if err := x.complete(l.End); err != nil {
				return err
			}
			return x.portion(from, items, fn)
		}
		item, err := l.Item()
		if err != nil {
			return x.at(err)
		}
		if items = append(items, item); len(items) < importItems && x.read-since < importBytes {
			continue
		}
		if err := errors.Join(ctx.Err(), x.portion(from, items, fn)); err != nil {
			return err
		}
		items, from, since = nil, x.line+1, x.read
	}
}

// complete tells whether an export has what its last line tells of, and nothing but space
// behind it.
func (x *export) complete(end *api.ExportEnd) error {
	if items := x.line - 2; items != end.Items { // its first line and its last are none
		return fmt.Errorf("%s: it has %s, and its last line tells of %d: an export is accepted as it was written; journal export --filter writes some of it", x.name, count(items, "item"), end.Items)
	}
	for {
		next, err := x.lines.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", x.name, err)
		case !unicode.IsSpace(rune(next)):
			return fmt.Errorf("%s: something follows line %d, which ends the export: one export is accepted", x.name, x.line)
		}
	}
}

func (x *export) portion(from int, items []journal.Item, fn func([]journal.Item) error) error {
	if err := fn(items); err != nil {
		return fmt.Errorf("%s, lines %d to %d: %w", x.name, from, from+len(items)-1, err)
	}
	return nil
}

// check reads the whole export, and looks whether any of it clashes with the journal
// at path, if there is one.
func (x *export) check(ctx context.Context, path string) error {
	store, err := bolt.OpenReadOnly(path, bolt.Options{})
	if errors.Is(err, fs.ErrNotExist) {
		return x.portions(ctx, func([]journal.Item) error { return nil })
	}
	if err != nil {
		return err
	}
	return errors.Join(x.portions(ctx, func(items []journal.Item) error {
		_, err := store.Missing(items)
		return err
	}), store.Close())
}
