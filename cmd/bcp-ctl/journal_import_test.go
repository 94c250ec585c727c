package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bcp/journal"
	"bcp/journal/bolt"
)

// What can't be read is told as that, and not as a copy that can't be written.
func TestImportOfWhatCantBeRead(t *testing.T) {
	folder, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	x := &export{name: "standard input"}
	_, err = x.copyOf(folder, filepath.Join(t.TempDir(), "bcp.db"))
	if err == nil || !strings.Contains(err.Error(), "standard input: read "+folder.Name()) {
		t.Errorf("error %v, want one of reading %s", err, folder.Name())
	}
}

// countdown is a context that ends when it has been asked so many times whether it has.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// An import that is interrupted says what is imported, and the same command again does the rest.
func TestImportThatIsInterrupted(t *testing.T) {
	dir := t.TempDir()
	from, exported, to := filepath.Join(dir, "from.db"), filepath.Join(dir, "e.jsonl"), filepath.Join(dir, "to.db")
	var tasks []journal.Record
	for n := range 2*importItems + 500 {
		tasks = append(tasks, life(fmt.Sprintf("%06d", n), journal.Target{Kind: journal.ToWorker, Name: "w1"})...)
	}
	writeJournal(t, from, tasks)
	out, err := os.Create(exported)
	if err != nil {
		t.Fatal(err)
	}
	err = runJournalExport(t.Context(), &globals{db: from}, "", stdio{out: out, words: io.Discard})
	if err = errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct {
		there bool
		left  int // questions: one for each full portion that is checked, and then that is imported
		says  string
	}{
		{false, 3, "nothing is imported"},
		{true, 3, "2000 items imported so far; the same command again does the rest"},
		{true, 100, "500 items imported, 2000 there before"},
	} {
		if _, err := os.Stat(to); try.there && err != nil {
			writeJournal(t, to, nil)
		}
		var words strings.Builder
		ctx := &countdown{t.Context(), try.left}
		err := runJournalImport(ctx, &globals{db: to, output: "table"}, exported, stdio{input{ctx: t.Context()}, io.Discard, &words})
		if (err == nil) != (try.left > 3) || words.String() != to+": "+try.says+"\n" {
			t.Errorf("%v, %q: want %q", err, &words, try.says)
		}
	}
}

func writeJournal(t *testing.T, path string, records []journal.Record) {
	t.Helper()
	store, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(store.Commit(records), store.Close()); err != nil {
		t.Fatal(err)
	}
}
