package tree

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A leaf says wrongly that it goes into a free page behind it: that is no damage of the list.
func TestFreeBehindADamagedLeaf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.db")
	makeFile(t, path, 1)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, path)
	free, err := f.freePages(f.NewMarks())
	if err != nil {
		t.Fatal(err)
	}
	buckets, err := f.Buckets(nil)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, b := range buckets {
		pages, _ := leavesOf(t, b)
		for _, id := range pages {
			if _, behind := slices.BinarySearch(free, id+1); !behind {
				continue
			}
			tried++
			spoiled := bytes.Clone(content)
			spoiled[int(id)*f.PageSize+12] ^= 1
			wrong, err := Open(bytes.NewReader(spoiled), int64(len(spoiled)))
			if err != nil {
				t.Fatal(err)
			}
			checkBranches(t, wrong)
		}
	}
	if tried == 0 {
		t.Error("there is no free page behind a leaf")
	}
}
