package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"bcp/journal"
)

// An import into a new journal has its name when it is whole, with its large payloads, and
// never before; what is broken off in order leaves nothing behind.
func TestImportHasItsNameWhenWhole(t *testing.T) {
	from := rotJournal(t)
	submitLarge(t, from, 1000)
	items, _ := export(t, from, nil)
	path := filepath.Join(t.TempDir(), "bcp.db")
	broken := errors.New("broken off")
	for _, end := range []error{broken, nil} {
		i, err := OpenImport(path, Options{Broker: [16]byte{7}})
		if err != nil {
			t.Fatal(err)
		}
		for _, portion := range portionsOf(7, items) {
			if _, err := i.Import(portion); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
				t.Fatalf("it has its name after a portion: %v", err)
			}
		}
		if err := i.End(end); !errors.Is(err, end) || end == nil && err != nil {
			t.Fatalf("ended with %v: %v", end, err)
		}
		left, err := filepath.Glob(path + "*")
		if want := map[bool][]string{true: {path, BlobFolder(path)}, false: nil}[end == nil]; err != nil || !reflect.DeepEqual(left, want) {
			t.Errorf("ended with %v: %q are there, want %q", end, left, want)
		}
	}
	checkWhole(t, path)
	if again, _ := export(t, path, nil); !reflect.DeepEqual(again, items) {
		t.Error("what was imported is exported as another thing")
	}
}

// An import into a journal that is there works on it, and keeps it where it is broken off.
func TestImportIntoJournal(t *testing.T) {
	items, _ := export(t, rotJournal(t), nil)
	path := filepath.Join(t.TempDir(), "bcp.db")
	if err := mustOpen(t, plain, path).Close(); err != nil {
		t.Fatal(err)
	}
	i, err := OpenImport(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.Import(items[:7]); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken off")
	if err := i.End(broken); !errors.Is(err, broken) {
		t.Error(err)
	}
	if got, _ := export(t, path, nil); len(got) != 7 {
		t.Errorf("%d items are left, want those imported", len(got))
	}
}

// Of a journal that has come meanwhile nothing is replaced.
func TestImportBesideNewJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	i, err := OpenImport(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, plain, path)
	if err := s.Commit([]journal.Record{benchLife(1)[0]}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := i.End(nil); !errors.Is(err, os.ErrExist) {
		t.Errorf("it takes a name that there is: %v", err)
	}
	if got, _ := export(t, path, nil); len(got) != 1 {
		t.Errorf("%d items are in the journal that has come", len(got))
	}
}

// The large payloads that root imports into a broker's journal are the broker's, and so is their
// folder if it was made.
func TestImportKeepsOwner(t *testing.T) {
	from := newFile(t)
	submitLarge(t, from, 1000)
	items, _ := export(t, from, nil)
	path := filepath.Join(t.TempDir(), "bcp.db")
	if err := mustOpen(t, plain, path).Close(); err != nil {
		t.Fatal(err)
	}
	giveAway(t, path)
	i, err := OpenImport(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = i.Import(items)
	if err := i.End(err); err != nil {
		t.Fatal(err)
	}
	names := filesOf(t, path)
	if len(names) < 3 {
		t.Errorf("nothing large was imported: %q", names)
	}
	checkNobodys(t, names...)
}
