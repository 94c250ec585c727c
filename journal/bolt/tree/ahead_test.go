package tree

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
)

// toldFirst notes which pages are read that it hasn't been told of.
type toldFirst struct {
	io.ReaderAt
	pageSize int64
	told     map[int64]bool
	untold   []int64
}

func (f *toldFirst) Ahead(offset, bytes int64) {
	for id := offset / f.pageSize; id < (offset+bytes)/f.pageSize; id++ {
		f.told[id] = true
	}
}

func (f *toldFirst) ReadAt(data []byte, at int64) (int, error) {
	if id := at / f.pageSize; !f.told[id] {
		f.untold = append(f.untold, id)
	}
	return f.ReaderAt.ReadAt(data, at)
}

// Who keeps the file is told of each page that a walk is going to read, but for the first
// one, and of no leaf that isn't read.
func TestAhead(t *testing.T) {
	content, tall := makeTall(t)
	leaves := 0
	if err := tall.Leaves(Walk{}, func(*Leaf) (bool, error) { leaves++; return true, nil }); err != nil {
		t.Fatal(err)
	}
	for name, walk := range map[string]func(*Bucket, Walk) error{
		"branches": (*Bucket).Branches,
		"leaves": func(b *Bucket, w Walk) error {
			return b.Leaves(w, func(*Leaf) (bool, error) { return true, nil })
		},
	} {
		from := &toldFirst{ReaderAt: bytes.NewReader(content), pageSize: int64(tall.file.PageSize), told: map[int64]bool{}}
		f, err := Open(from, int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		b, err := f.bucket("tall", tall.root, nil)
		if err != nil {
			t.Fatal(err)
		}
		from.untold = nil
		if err := walk(b, Walk{Ahead: true}); err != nil {
			t.Error(err)
		}
		if want := []int64{int64(tall.root)}; !slices.Equal(from.untold, want) {
			t.Errorf("%s: pages %d are read that nobody was told of, want %d", name, from.untold, want)
		}
		if name == "branches" && len(from.told) >= leaves {
			t.Errorf("%d pages are told of, and there are %d leaves that are not read", len(from.told), leaves)
		}
	}
}

// Marks that are joined have what each of them has, and a page that both have is damage.
func TestMarksJoin(t *testing.T) {
	f := &File{Pages: 1000}
	a, b := f.NewMarks(), f.NewMarks()
	if err := errors.Join(a.add(2, 3), b.add(5, 1), b.add(999, 1), a.Join(b)); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[uint64]bool{2: true, 4: true, 5: true, 6: false, 998: false, 999: true} {
		if a.has(id) != want {
			t.Errorf("page %d: %v", id, a.has(id))
		}
	}
	if head, ok := a.headBefore(999); !ok || head != 5 {
		t.Errorf("what begins before page 999: %d, %v", head, ok)
	}
	if err := a.Join(b); !errors.Is(err, ErrDamaged) {
		t.Errorf("joined twice: %v", err)
	}
}
