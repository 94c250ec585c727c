package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bcp/journal"
)

// A journal whose file is cut off under it takes nothing more: who opens it next could not read
// that. So it is where somebody asks what room there is, and where the first to come is a commit.
func TestCutInUse(t *testing.T) {
	for name, options := range map[string]setup{"tables": plain, "log": logged(LogBytes)} {
		for first, do := range map[string]func(*Store) error{
			"room":   func(s *Store) error { return errOf(s.Room()) },
			"commit": func(s *Store) error { return s.Commit([]journal.Record{benchLife(2)[0]}) },
		} {
			path := filepath.Join(t.TempDir(), "bcp.db")
			s := mustOpen(t, options, path)
			life := benchLife(1)
			mustCommit(t, s, life[:]...)
			if err := s.settle(); err != nil {
				t.Fatal(err)
			}
			const left = 6 << 12
			if err := os.Truncate(path, left); err != nil {
				t.Fatal(err)
			}
			if err := do(s); !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), "its file was cut off: 24576 of ") {
				t.Errorf("%s, %s: %v", name, first, err)
			}
			if err := s.Commit([]journal.Record{benchLife(3)[0]}); !errors.Is(err, journal.ErrFailed) {
				t.Errorf("%s, a commit behind that: %v", name, err)
			}
			s.Close()
			if info, err := os.Stat(path); err != nil || info.Size() != left {
				t.Errorf("%s, %s: it was written to: %v, %v", name, first, info.Size(), err)
			}
		}
	}
}

// Wherever a file at rest is cut off, what is left of it is exported, or the export is refused; and
// it is told that there was more.
func TestCutAtRest(t *testing.T) {
	path := rotJournal(t)
	whole, left := export(t, path, nil)
	if len(left) > 0 {
		t.Fatal(left)
	}
	file := treeAt(t, path)
	most := 0
	for pages := int64(file.Pages) - 1; pages >= 0; pages-- {
		if err := os.Truncate(path, pages*int64(file.PageSize)); err != nil {
			t.Fatal(err)
		}
		items, err := exportCut(t, path)
		if err != nil && !errors.Is(err, journal.ErrCorrupt) && !errors.Is(err, journal.ErrForeign) {
			t.Errorf("%d pages: %v", pages, err)
		}
		for _, item := range items {
			if !slices.ContainsFunc(whole, func(w journal.Item) bool { return reflect.DeepEqual(w, item) }) {
				t.Errorf("%d pages: the whole journal has no %+v", pages, item)
			}
		}
		most = max(most, len(items))
	}
	if most < len(whole)/2 {
		t.Errorf("at most %d of %d items are exported", most, len(whole))
	}
}

// exportCut exports what is left of a journal, which has to be told of.
func exportCut(t *testing.T, path string) (items []journal.Item, err error) {
	told := false
	x, err := OpenExport(path, Options{}, func(p journal.Problem) { told = told || strings.Contains(p.String(), "it is cut off") })
	if err != nil {
		return nil, err
	}
	defer x.Close()
	err = x.Export(t.Context(), nil, func(i journal.Item) error { items = append(items, i); return nil })
	if !told {
		t.Errorf("nobody is told of what is cut off")
	}
	return items, err
}
