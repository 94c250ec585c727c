package tree

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// A cursor goes as the engine's does, from anywhere and either way.
func TestCursorGoesAsTheEngines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.db")
	all := makeFile(t, path, 1)
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	random := rand.New(rand.NewPCG(1, 1))
	f := inMemory(content(t, path), open(t, path))
	err = db.View(func(tx *bbolt.Tx) error {
		for name, entries := range all {
			ours, err := f.Cursor(name)
			if err != nil {
				return err
			}
			theirs := tx.Bucket([]byte(name)).Cursor()
			keys := [][]byte{{0}, {0xff, 0xff}}
			for key := range entries {
				keys = append(keys, []byte(key), append([]byte(key), 0))
			}
			for n := range 200 {
				same := func(key, value, ofOurs, valueOfOurs []byte, err error) {
					t.Helper()
					if err != nil || !bytes.Equal(key, ofOurs) || !bytes.Equal(value, valueOfOurs) || (key == nil) != (ofOurs == nil) {
						t.Fatalf("bucket %s, %d: %x, %v; want %x", name, n, ofOurs, err, key)
					}
				}
				moves := []func(){
					func() { k, v := theirs.First(); ok, ov, err := ours.First(); same(k, v, ok, ov, err) },
					func() { k, v := theirs.Last(); ok, ov, err := ours.Last(); same(k, v, ok, ov, err) },
					func() {
						at := keys[random.IntN(len(keys))]
						k, v := theirs.Seek(at)
						ok, ov, err := ours.Seek(at)
						same(k, v, ok, ov, err)
						if found, err := ours.Find(at); err != nil || (found != nil) != bytes.Equal(k, at) {
							t.Fatalf("bucket %s: %x is found as %x, %v", name, at, found, err)
						}
					},
				}
				moves[n%3]()
				for range random.IntN(30) {
					if n/3%2 == 0 {
						k, v := theirs.Next()
						ok, ov, err := ours.Next()
						same(k, v, ok, ov, err)
					} else if k, v := theirs.Prev(); k != nil { // in front of the first one the engine's moves
						ok, ov, err := ours.Prev()
						same(k, v, ok, ov, err)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// inMemory is a file as of its newest commit, in memory.
func inMemory(content []byte, f *File) *File {
	return In(content[:int(f.Pages)*f.PageSize], f.PageSize, f.root)
}

// Wherever the branches of a bucket lead, whoever goes through it comes to an end, and is told.
func TestWrongWays(t *testing.T) {
	content, tall := makeTall(t)
	size := tall.file.PageSize
	root := content[int(tall.root)*size:]
	children := int(binary.NativeEndian.Uint16(root[10:]))
	child := func(i int) []byte { return root[headerBytes+i*elementBytes+8:][:8] }
	first := content[int(binary.NativeEndian.Uint64(child(0)))*size:]
	for what, lead := range map[string]func(){
		"the first to itself":     func() { binary.NativeEndian.PutUint64(child(0), tall.root) },
		"the last to itself":      func() { binary.NativeEndian.PutUint64(child(children-1), tall.root) },
		"all to themselves":       func() { each(children, func(i int) { binary.NativeEndian.PutUint64(child(i), tall.root) }) },
		"all to the first":        func() { each(children, func(i int) { copy(child(i), child(0)) }) },
		"the first but one back":  func() { binary.NativeEndian.PutUint64(first[headerBytes+elementBytes+8:], tall.root) },
		"a leaf twice":            func() { copy(first[headerBytes+elementBytes+8:][:8], first[headerBytes+8:][:8]) },
		"behind all pages":        func() { binary.NativeEndian.PutUint64(child(children/2), tall.file.Pages) },
		"to the root of all":      func() { binary.NativeEndian.PutUint64(child(children/2), tall.file.root) },
		"a key behind the end":    func() { binary.NativeEndian.PutUint32(root[headerBytes+elementBytes:], 1<<31) },
		"more than there is room": func() { binary.NativeEndian.PutUint16(root[10:], 1<<16-1) },
	} {
		was := bytes.Clone(content)
		lead()
		f := inMemory(content, tall.file)
		for how, walk := range map[string]func() error{
			"forwards":  func() error { return through(f, (*Cursor).First, (*Cursor).Next) },
			"backwards": func() error { return through(f, (*Cursor).Last, (*Cursor).Prev) },
			"leaves": func() (damage error) {
				b, err := f.Bucket("tall")
				if err != nil {
					return err
				}
				_ = b.Leaves(Walk{Damage: func(err error) { damage = err }}, func(*Leaf) (bool, error) { return true, nil })
				return damage
			},
		} {
			if err := walk(); !errors.Is(err, ErrDamaged) || !strings.HasPrefix(err.Error(), "bucket tall: page ") {
				t.Errorf("%s, %s: %v", what, how, err)
			}
		}
		copy(content, was)
	}
}

func each(n int, fn func(int)) {
	for i := range n {
		fn(i)
	}
}

// through goes through the tall bucket.
func through(f *File, begin, step func(*Cursor) (key, value []byte, err error)) error {
	c, err := f.Cursor("tall")
	if err != nil {
		return err
	}
	key, _, err := begin(c)
	for key != nil && err == nil {
		key, _, err = step(c)
	}
	return err
}
