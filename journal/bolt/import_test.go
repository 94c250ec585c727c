package bolt

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"bcp/journal"
)

// pruned keeps no ended task, and the keys of all.
func pruned() journal.Retention {
	r := endedBefore(math.MaxInt32, 0)
	r.Keys, r.KeysMS = math.MaxUint64, math.MaxInt32
	return r
}

// exportPruned returns an export of a journal in which every ended task is forgotten
// while it is under way.
func exportPruned(t *testing.T) (items []journal.Item) {
	t.Helper()
	s := mustOpen(t, plain, rotJournal(t))
	defer s.Close()
	once := false
	err := s.Export(context.Background(), nil, func(i journal.Item) error {
		items = append(items, i)
		if i.Entry == nil || once {
			return nil
		}
		once = true
		_, err := prune(s, pruned(), 100)
		return err
	}, func(p journal.Problem) { t.Error(p) })
	if err != nil {
		t.Fatal(err)
	}
	return items
}

// portionsOf returns the items, so many at a time.
func portionsOf(n int, items []journal.Item) [][]journal.Item {
	return slices.Collect(slices.Chunk(items, n))
}

// checkPruned forgets what has ended in a journal, and opens it once more.
func checkPruned(t *testing.T, path string) {
	t.Helper()
	checkWhole(t, path)
	s := mustOpen(t, plain, path)
	_, err := prune(s, pruned(), 1000)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Error(err)
	}
	checkWhole(t, path)
	if err := mustOpen(t, plain, path).Close(); err != nil {
		t.Error(err)
	}
}

// A task that is forgotten during an export is in it as task and as tombstone: the task
// is imported, in whatever portions they come, and once.
func TestImportOfExportDuringPrune(t *testing.T) {
	items := exportPruned(t)
	if len(items) <= 4+12+30+18 {
		t.Fatalf("%d items: no task is in it twice", len(items))
	}
	stonesFirst := slices.Clone(items)
	slices.SortStableFunc(stonesFirst, func(a, b journal.Item) int {
		return rank(a) - rank(b)
	})
	for what, portions := range map[string][][]journal.Item{
		"portions of 1":         portionsOf(1, items),
		"portions of 100":       portionsOf(100, items),
		"one, tombstones first": portionsOf(1000, stonesFirst),
	} {
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bcp.db")
			for turn, want := range []int{4 + 12 + 30 + 18, 0} {
				s, fresh := mustOpen(t, plain, path), 0
				for _, p := range portions {
					added, err := s.Import(p)
					if err != nil {
						t.Fatal(err)
					}
					fresh += added
				}
				if err := s.Close(); err != nil || fresh != want {
					t.Errorf("import %d: %d new items, %v; want %d", turn+1, fresh, err, want)
				}
			}
			checkPruned(t, path)
		})
	}
}

// rank puts tombstones first.
func rank(i journal.Item) int {
	if i.Stone != nil {
		return 0
	}
	return 1
}

// What comes twice in one import is imported once.
func TestImportTwiceAtOnce(t *testing.T) {
	items, _ := export(t, rotJournal(t), nil)
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	fresh, err := s.Import(append(slices.Clone(items), items...))
	if err := errors.Join(err, s.Close()); err != nil || fresh != len(items) {
		t.Fatalf("import: %d of %d, %v", fresh, len(items), err)
	}
	checkPruned(t, path)
}

// Two that differ clash, whichever comes first, and nothing is written.
func TestImportClashAtOnce(t *testing.T) {
	item := func(n int, key string, records int) journal.Item {
		life := benchLife(n)
		life[0].Spec.Key = key
		path := filepath.Join(t.TempDir(), "bcp.db")
		s := mustOpen(t, plain, path)
		if err := errors.Join(s.Commit(life[:records]), s.Close()); err != nil {
			t.Fatal(err)
		}
		items, _ := export(t, path, nil)
		return items[0]
	}
	setting := func(value string) journal.Item {
		r := journal.Record{Kind: journal.KindSetting, Setting: &journal.Setting{Name: "limit/0", Value: value}}
		return journal.Item{Row: journal.AppendSetting(nil, &r), Setting: &r}
	}
	for what, c := range map[string]struct {
		items []journal.Item
		want  error
	}{
		"a task in two states":          {[]journal.Item{item(1, "", 3), item(1, "", 4)}, ErrClash},
		"a setting of two values":       {[]journal.Item{setting("1"), setting("2")}, ErrClash},
		"a key of two live tasks":       {[]journal.Item{item(1, "k", 3), item(2, "k", 3)}, ErrClash},
		"a key that goes back":          {[]journal.Item{item(2, "k", 4), item(1, "k", 4)}, ErrClash},
		"a key that is free at the end": {[]journal.Item{item(1, "k", 4), item(2, "k", 3)}, nil},
	} {
		path := filepath.Join(t.TempDir(), "bcp.db")
		s := mustOpen(t, plain, path)
		fresh, err := s.Import(c.items)
		if !errors.Is(err, c.want) || c.want != nil && fresh != 0 {
			t.Errorf("%s: %d imported, %v; want %v", what, fresh, err, c.want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		checkWhole(t, path)
		if items, _ := export(t, path, nil); len(items) != fresh {
			t.Errorf("%s: the journal has %d items, and %d were imported", what, len(items), fresh)
		}
	}
}

// A journal in which keys were used again is imported, once and once more: whatever is
// left of the earlier tasks, the keys stand for the later ones.
func TestImportOfKeysUsedAgain(t *testing.T) {
	from, path := filepath.Join(t.TempDir(), "from.db"), filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, from)
	keep := endedBefore(math.MaxInt32, math.MaxUint64)
	keep.Keys, keep.KeysMS = math.MaxUint64, math.MaxInt32
	for n, c := range []struct {
		key    string
		keepMS int64
	}{{"a", 0}, {"a", 0}, {"b", 0}, {"b", 1 << 40}, {"c", 1 << 40}, {"c", 1 << 40}, {"d", 1 << 40}, {"d", 0}} {
		life := benchLife(n)
		life[0].Spec.Key, life[3].KeepMS = c.key, c.keepMS
		if err := s.Commit(life[:]); err != nil {
			t.Fatal(err)
		}
		keep.NowMS, keep.EndedMS = life[3].Time+1, 0
		if _, err := prune(s, keep, 10); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	items, _ := export(t, from, nil)
	for turn, want := range []int{8, 0} {
		if fresh, err := into(t, path, items); err != nil || fresh != want {
			t.Fatalf("import %d: %d items, %v; want %d", turn+1, fresh, err, want)
		}
	}
	s = mustOpen(t, plain, path)
	for n, key := range []string{1: "a", 3: "b", 5: "c", 7: "d"} {
		if id, found, err := s.ByKey(key); key != "" && (id != benchID(n) || !found || err != nil) {
			t.Errorf("key %s: %v, %v, %v; want task %d", key, id, found, err, n)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkWhole(t, path)
}
