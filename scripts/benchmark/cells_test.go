package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bcp/journal"
	"bcp/journal/bolt"
	"bcp/scripts/benchmark/internal/lives"
)

// TestMain lets the test binary stand in for the program where that starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == noJournalVerb {
		main()
		return
	}
	os.Exit(m.Run())
}

// tiny are options with which each cell takes a moment.
func tiny(t *testing.T) *options {
	t.Helper()
	broker := filepath.Join(t.TempDir(), "bcp-broker")
	if out, err := exec.Command("go", "build", "-o", broker, "../../cmd/bcp-broker").CombinedOutput(); err != nil {
		t.Fatalf("build bcp-broker: %v\n%s", err, out)
	}
	o, err := parse(strings.Fields("--quick --peers lean --workers 3 --waiting 300 --ended 200 --passed 3000 --idle 20 --fleet 2 --sizes 100,3000 --dispatches 200"))
	if err != nil {
		t.Fatal(err)
	}
	useOutside(t, o)
	o.broker, o.dir, o.rounds = broker, t.TempDir(), 1
	o.warm, o.load, o.lone, o.rest = 10*time.Millisecond, 250*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond
	return o
}

// useOutside has the programs of the module outside built for a test.
func useOutside(t *testing.T, o *options) {
	o.tools.source = "outside"
	t.Cleanup(func() {
		if err := o.tools.remove(); err != nil {
			t.Error(err)
		}
	})
}

// TestCells runs every cell: each figure that it shows has to be there.
func TestCells(t *testing.T) {
	sheets, err := measureAll(context.Background(), tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(sheets) != len(kinds)-1 {
		t.Fatalf("%d sheets, want one of each of %d cells but that with others", len(sheets), len(kinds))
	}
	for _, s := range sheets {
		if s.Head == "" || len(s.Lines) == 0 {
			t.Errorf("%s: no table", s.Cell)
		}
		for _, l := range s.Lines {
			for column, values := range l.Figures {
				if len(values) != 1 {
					t.Errorf("%s, %s, %s: values %v, want one", s.Cell, l.Name, column, []float64(values))
				}
			}
		}
	}
}

// Journals that are to stay are there for a later run, and one that wasn't written whole is
// made anew.
func TestJournalsStay(t *testing.T) {
	o := &options{journals: t.TempDir(), waiting: 3}
	first := &restartCell{o, map[int]string{}}
	dir, err := first.folder(5)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(first.Close(), os.Rename(journalIn(dir), journalIn(dir)+".new")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c := &restartCell{o, map[int]string{}}
		again, err := c.folder(5)
		if err = errors.Join(err, c.Close()); err != nil || again != dir {
			t.Fatalf("%s, %v: want %s", again, err, dir)
		}
		store, err := bolt.OpenReadOnly(journalIn(dir), bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil || store.Meta().Ended != 5 {
			t.Errorf("%+v, %v: want 5 tasks that have ended", store.Meta(), err)
		}
	}
}

// A journal that stays and has other tasks than were asked for is not measured.
func TestJournalOfOtherTasks(t *testing.T) {
	o := &options{journals: t.TempDir(), waiting: 3}
	o.shape.BodySize = 7
	c := &restartCell{o, map[int]string{}}
	dir, err := c.folder(5)
	if err != nil {
		t.Fatal(err)
	}
	for words, path := range map[string]string{"2-5-7": "2 and 5", "3-4-7": "3 and 4", "3-5-8": "8 bytes"} {
		other := filepath.Join(o.journals, words)
		if err := os.CopyFS(other, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		asked := *o
		var ended int
		if _, err := fmt.Sscanf(words, "%d-%d-%d", &asked.waiting, &ended, &asked.shape.BodySize); err != nil {
			t.Fatal(err)
		}
		_, err := (&restartCell{&asked, map[int]string{}}).folder(ended)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), other) {
			t.Errorf("%s: %v", words, err)
		}
	}
}

// TestLives fills a journal and counts what is in it.
func TestLives(t *testing.T) {
	store := journal.NewMemDisk("lives").Open()
	m := lives.NewMaker(100)
	if err := m.Fill(store, 0, 3000, true); err != nil {
		t.Fatal(err)
	}
	if err := m.Fill(store, 3000, 3007, false); err != nil {
		t.Fatal(err)
	}
	waiting := 0
	err := journal.EachLive(store, func(journal.ID, []journal.Record) error { waiting++; return nil })
	if err != nil || waiting != 7 || store.Meta().Ended != 3000 || store.Meta().Last != m.ID(3006) {
		t.Errorf("%d tasks wait, error %v, meta %+v: want 7 and 3000 that ended", waiting, err, store.Meta())
	}
}
