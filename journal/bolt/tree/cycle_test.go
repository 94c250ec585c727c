package tree

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"go.etcd.io/bbolt"
)

// counting counts what is read.
type counting struct {
	io.ReaderAt
	reads int
}

func (c *counting) ReadAt(data []byte, at int64) (int, error) {
	c.reads++
	return c.ReaderAt.ReadAt(data, at)
}

// makeTall makes a file with a bucket that has several branches, and returns what is in
// the file, and the bucket.
func makeTall(t *testing.T) (content []byte, b *Bucket) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("tall"))
		for n := 0; err == nil && n < 2000; n++ {
			err = b.Put(fmt.Appendf(nil, "%0200d", n), make([]byte, 300))
		}
		return err
	})
	if closeErr := db.Close(); err != nil || closeErr != nil {
		t.Fatal(err, closeErr)
	}
	content, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	buckets, err := open(t, path).Buckets(nil)
	if err != nil || buckets["tall"].depth < 2 {
		t.Fatalf("buckets %+v, %v", buckets, err)
	}
	return content, buckets["tall"]
}

// The first branch below the root is damaged in any way: what is not under it is read.
func TestDepthBesideADamagedBranch(t *testing.T) {
	content, tall := makeTall(t)
	page := content[int(tall.root)*tall.file.PageSize:]
	at := int(binary.NativeEndian.Uint64(page[headerBytes+8:])) * tall.file.PageSize
	second := int(binary.NativeEndian.Uint32(page[headerBytes+elementBytes:]))
	key := page[headerBytes+elementBytes+second:][:200]
	for what, damage := range map[string]func(page []byte){
		"zeros":            func(page []byte) { clear(page[:tall.file.PageSize]) },
		"neither":          func(page []byte) { page[8] ^= flagMeta },
		"both":             func(page []byte) { page[8] ^= flagLeaf },
		"another page's":   func(page []byte) { page[0] ^= 1 },
		"without children": func(page []byte) { page[10], page[11] = 0, 0 },
	} {
		spoiled := bytes.Clone(content)
		damage(spoiled[at:])
		f, err := Open(bytes.NewReader(spoiled), int64(len(spoiled)))
		if err != nil {
			t.Fatal(err)
		}
		buckets, err := f.Buckets(nil)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		told, read := 0, 0
		err = buckets["tall"].Leaves(Walk{Damage: func(error) { told++ }}, func(l *Leaf) (bool, error) {
			if bytes.Compare(l.Key(0), key) >= 0 {
				read += l.Len()
			}
			return true, nil
		})
		if want := 2000 - number(t, key); err != nil || told != 1 || read != want {
			t.Errorf("%s: %d keys of %d behind it are read, damage is told %d times, %v", what, read, want, told, err)
		}
		if err := buckets["tall"].Branches(Walk{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: the branches are good: %v", what, err)
		}
	}
}

func number(t *testing.T, key []byte) int {
	t.Helper()
	n, err := strconv.Atoi(string(key))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A branch that leads back to itself is passed by, and if it leads nowhere else, that
// is found with few reads.
func TestDepthOfCycles(t *testing.T) {
	content, tall := makeTall(t)
	page := content[int(tall.root)*tall.file.PageSize:]
	children := int(binary.NativeEndian.Uint16(page[10:]))
	for _, back := range []int{1, children} {
		for i := range back {
			binary.NativeEndian.PutUint64(page[headerBytes+i*elementBytes+8:], tall.root)
		}
		from := &counting{ReaderAt: bytes.NewReader(content)}
		f, err := Open(from, int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		before := from.reads
		b, err := f.bucket("tall", tall.root, nil)
		if back == 1 && (err != nil || b.depth != tall.depth) {
			t.Errorf("with one child that leads back: %+v, %v; want a depth of %d", b, err, tall.depth)
		}
		if back == children && err == nil {
			t.Errorf("all children lead back, and the depth is %d", b.depth)
		}
		if reads := from.reads - before; reads > 10 {
			t.Errorf("%d of %d children lead back: %d reads", back, children, reads)
		}
	}
}

// What a branch says of its children may lead out of the file in every way: that is
// damage, and nothing else.
func TestBranchOutOfTheFile(t *testing.T) {
	for name, spoil := range map[string]func(page []byte){
		"more children than there is room for": func(page []byte) { binary.NativeEndian.PutUint16(page[10:], 1<<16-1) },
		"a child behind all pages":             func(page []byte) { binary.NativeEndian.PutUint64(page[headerBytes+8:], 1<<64-1) },
	} {
		content, tall := makeTall(t)
		content = content[:int(tall.file.Pages)*tall.file.PageSize]
		page := content[int(tall.root)*tall.file.PageSize:]
		for range tall.depth - 1 { // down to the last branch
			page = content[int(binary.NativeEndian.Uint64(page[headerBytes+8:]))*tall.file.PageSize:]
		}
		spoil(page)
		f, err := Open(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		marks := f.NewMarks()
		buckets, err := f.Buckets(marks)
		if err == nil {
			err = buckets["tall"].Branches(Walk{Marks: marks})
		}
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
