package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// export returns all that a journal at rest exports, and what was left out.
func export(t *testing.T, path string, want func(*journal.Entry) bool) (items []journal.Item, left []string) {
	t.Helper()
	x, err := OpenExport(path, Options{}, func(p journal.Problem) { left = append(left, p.String()) })
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := x.Export(t.Context(), want, func(i journal.Item) error { items = append(items, i); return nil }); err != nil {
		t.Fatal(err)
	}
	return items, left
}

// into imports items into a journal, a few at a time.
func into(t *testing.T, path string, items []journal.Item) (fresh int, err error) {
	t.Helper()
	s := mustOpen(t, plain, path)
	defer s.Close()
	for n := 0; n < len(items); n += 7 {
		added, err := s.Import(items[n:min(n+7, len(items))])
		fresh += added
		if err != nil {
			return fresh, err
		}
	}
	return fresh, nil
}

// What is exported from one journal and imported into another one is exported again
// as it was, from a file at rest as well as from a store in use; and it is whole.
func TestExportImport(t *testing.T) {
	path := rotJournal(t)
	items, left := export(t, path, nil)
	if len(items) != 4+12+30+18 || len(left) > 0 {
		t.Fatalf("%d items, %q", len(items), left)
	}
	other := filepath.Join(t.TempDir(), "bcp.db")
	if fresh, err := into(t, other, items); fresh != len(items) || err != nil {
		t.Fatalf("import: %d, %v", fresh, err)
	}
	checkWhole(t, other)
	if again, _ := export(t, other, nil); !reflect.DeepEqual(again, items) {
		t.Error("what was imported is exported as another thing")
	}
	if fresh, err := into(t, other, items); fresh != 0 || err != nil {
		t.Errorf("import once more: %d, %v", fresh, err)
	}
	s := mustOpen(t, plain, other)
	defer s.Close()
	var used []journal.Item
	err := s.Export(context.Background(), nil, func(i journal.Item) error { used = append(used, i); return nil }, func(p journal.Problem) { t.Error(p) })
	if err != nil || !reflect.DeepEqual(used, items) {
		t.Errorf("the export of a store in use is another one: %v", err)
	}
}

func TestExportSome(t *testing.T) {
	items, _ := export(t, rotJournal(t), func(e *journal.Entry) bool { return e.Task.State == journal.Running })
	if len(items) != 12 {
		t.Errorf("%d items, want the tasks that run", len(items))
	}
}

// An export in many steps has every task once, in order.
func TestExportSteps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	var batch []journal.Record
	for n := range 4 * stepEntries {
		life := benchLife(n)
		batch = append(batch, life[:3+n%2]...) // every second one has ended
	}
	if err := errors.Join(s.Commit(batch), s.Close()); err != nil {
		t.Fatal(err)
	}
	items, _ := export(t, path, nil)
	for n, i := range items {
		if i.Entry.Task.ID != benchID(n) {
			t.Fatalf("item %d is task %s", n, i.Entry.Task.ID)
		}
	}
	if len(items) != 4*stepEntries {
		t.Errorf("%d items", len(items))
	}
}

// What clashes is told, and nothing of those that come with it is written.
func TestImportClash(t *testing.T) {
	items, _ := export(t, rotJournal(t), nil)
	path := newFile(t) // has tasks 1 and 2, and other ones in the export
	before := mustRead(t, path, scanWhole)
	s := mustOpen(t, plain, path)
	fresh, err := s.Import(items)
	s.Close()
	if fresh != 0 || !errors.Is(err, ErrClash) || !strings.Contains(err.Error(), benchID(1).String()) {
		t.Errorf("import: %d, %v", fresh, err)
	}
	if after := mustRead(t, path, scanWhole); !reflect.DeepEqual(after, before) {
		t.Error("a part was imported")
	}
}

func TestImportKeyClash(t *testing.T) {
	items, _ := export(t, rotJournal(t), nil)
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	defer s.Close()
	life := benchLife(500)
	life[0].Spec.Key = rotKey(58)
	if err := s.Commit(life[:]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Import(items); !errors.Is(err, ErrClash) || !strings.Contains(err.Error(), fmt.Sprintf("%q", rotKey(58))) {
		t.Errorf("import of a key that stands for another task: %v", err)
	}
}

// What is whole is exported from a journal of which a part is damaged.
func TestExportDamaged(t *testing.T) {
	path := rotJournal(t)
	whole, _ := export(t, path, nil)
	edit(t, path, flipValue(bucketDone, benchID(58)))
	edit(t, path, flipValue(bucketOpen, benchID(4)))
	items, left := export(t, path, nil)
	if len(items) != len(whole)-2 || len(left) != 2 {
		t.Errorf("%d of %d items, without %q", len(items), len(whole), left)
	}
	flipAt(t, path, 4096+16+20) // one of the metas
	if again, left := export(t, path, nil); len(again) < len(items)-5 || len(left) != 3 {
		t.Errorf("with a damaged meta: %d items, without %q", len(again), left)
	}
}

// A tombstone that its index leads to no more is told with what is left out.
func TestExportTellsOfACutStamp(t *testing.T) {
	path := rotJournal(t)
	whole, _ := export(t, path, nil)
	edit(t, path, func(tx *bbolt.Tx) error {
		ages := tx.Bucket(bucketAges)
		key, _ := ages.Cursor().First()
		cut := bytes.Clone(key[:len(key)-1])
		return errors.Join(ages.Delete(key), ages.Put(cut, []byte{}))
	})
	items, left := export(t, path, nil)
	if len(items) != len(whole)-1 || len(left) != 1 || !strings.Contains(left[0], "ages") {
		t.Errorf("%d of %d items, without %q", len(items), len(whole), left)
	}
}
