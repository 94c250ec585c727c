package tree

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
)

// unlisted makes a file whose last commit wrote no list, and returns what is in it.
func unlisted(t *testing.T, path string, seed uint64) map[string]map[string]string {
	t.Helper()
	all := makeFile(t, path, seed)
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("small")).Put([]byte{1}, nil) })
	if all["small"]["\x01"] = ""; errors.Join(err, db.Close()) != nil {
		t.Fatal(err)
	}
	return all
}

// walked returns the marks of a walk through all of a file.
func walked(t *testing.T, f *File) *Marks {
	t.Helper()
	marks := f.NewMarks()
	buckets, err := f.Buckets(marks)
	for _, name := range slices.Sorted(maps.Keys(buckets)) {
		err = errors.Join(err, buckets[name].Leaves(Walk{Marks: marks}, func(*Leaf) (bool, error) { return true, nil }))
	}
	if err != nil {
		t.Fatal(err)
	}
	return marks
}

// A list that is written has the pages that bbolt would have found, and bbolt goes on
// with it.
func TestWriteList(t *testing.T) {
	for seed := range uint64(4) {
		path := filepath.Join(t.TempDir(), "file.db")
		want := unlisted(t, path, seed)
		free := freePages(t, path)
		f, was := open(t, path), content(t, path)
		to, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		written, err := f.WriteList(to, walked(t, f))
		if err = errors.Join(err, to.Close()); err != nil || !written {
			t.Fatalf("seed %d: %v, %v", seed, written, err)
		}
		checkUntouched(t, f, was, content(t, path))
		again := open(t, path)
		if marks := walked(t, again); !again.HasFreelist() || again.Same(f) {
			t.Errorf("seed %d: there is no list", seed)
		} else if err := again.Free(marks); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		} else if id, missing := marks.Missing(); missing {
			t.Errorf("seed %d: page %d is neither free nor in use", seed, id)
		}
		if got := freePages(t, path); got > free || got < free-2 {
			t.Errorf("seed %d: %d pages are free, want %d less those of the list", seed, got, free)
		}
		checkGoesOn(t, path, want)
	}
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// checkUntouched tells of a page of the last commit, its meta among them, that is not what
// it was: that commit has to be whole for as long as the list isn't valid.
func checkUntouched(t *testing.T, f *File, was, is []byte) {
	t.Helper()
	marks := walked(t, f)
	for id := range int(f.Pages) {
		page := was[id*f.PageSize:][:f.PageSize]
		used := marks.has(uint64(id)) || bytes.Contains(page, f.meta[:])
		if used && !bytes.Equal(is[id*f.PageSize:][:f.PageSize], page) {
			t.Errorf("page %d of the last commit was written over", id)
		}
	}
}

func freePages(t *testing.T, path string) int {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return db.Stats().FreePageN
}

// checkGoesOn writes to the file with bbolt, and looks at what is in it.
func checkGoesOn(t *testing.T, path string, want map[string]map[string]string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for n := range 20 {
		err := db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("rising")).Put([]byte{byte(n)}, make([]byte, 3000)) })
		if err != nil {
			t.Fatal(err)
		}
		want["rising"][string([]byte{byte(n)})] = string(make([]byte, 3000))
	}
	err = db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Errorf("bbolt's check: %v", err)
		}
		for name, entries := range want {
			for key, value := range entries {
				if got := tx.Bucket([]byte(name)).Get([]byte(key)); string(got) != value {
					t.Errorf("%s, key %x: %d bytes, want %d", name, key, len(got), len(value))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A list of many says how many behind its head, and one for which there is no room among
// the free pages is not written.
func TestListOf(t *testing.T) {
	f := &File{PageSize: 4096, Pages: 1 << 20}
	for _, count := range []int{0, 1, countMany - 1, countMany, countMany + 1} {
		ids := make([]uint64, count)
		for n := range ids {
			ids[n] = uint64(100000 + 2*n)
		}
		pages := (listBytes(count) + f.PageSize - 1) / f.PageSize
		from := &image{f.list(7, ids, pages), 7 * int64(f.PageSize)}
		g := &File{from: from, PageSize: f.PageSize, Pages: f.Pages, freelist: 7}
		if got, err := g.freePages(g.NewMarks()); err != nil || !slices.Equal(got, ids) {
			t.Errorf("of %d free pages %d are read, %v", count, len(got), err)
		}
		if at, ok := runOf(ids, 2); ok {
			t.Errorf("two pages that follow each other, at %d", at)
		}
	}
	if at, ok := runOf([]uint64{3, 5, 6, 8, 9, 10}, 3); at != 3 || !ok {
		t.Errorf("three that follow each other: at %d, %v", at, ok)
	}
}

// image is a part of a file.
type image struct {
	data []byte
	at   int64
}

func (i *image) ReadAt(data []byte, at int64) (int, error) { return copy(data, i.data[at-i.at:]), nil }
