package tree

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// makeFile makes a file with random changes, and returns what is in it.
func makeFile(t *testing.T, path string, seed uint64) map[string]map[string]string {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string]map[string]string{}
	for n := range 60 {
		db.NoFreelistSync = n == 59 && seed%3 == 0
		err := db.Update(func(tx *bbolt.Tx) error { return change(tx, random, all) })
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// change puts and deletes entries of three buckets: a small one, one that grows at
// its end and shrinks at its front, and one with entries of all sizes.
func change(tx *bbolt.Tx, random *rand.Rand, all map[string]map[string]string) error {
	for i, name := range []string{"small", "rising", "wild"} {
		b, err := tx.CreateBucketIfNotExists([]byte(name))
		if err != nil {
			return err
		}
		if all[name] == nil {
			all[name] = map[string]string{}
		}
		for range 1 + 40*i {
			key := binary.BigEndian.AppendUint64(nil, random.Uint64N(200)+uint64(i%2)*uint64(len(all[name])))
			value := bytes.Repeat([]byte{byte(i)}, random.IntN(20))
			if i == 2 {
				key = bytes.Repeat(key[7:], 1+random.IntN(60))
				value = bytes.Repeat(value, random.IntN(300))
			}
			if random.IntN(3) == 0 {
				err = b.Delete(key)
				delete(all[name], string(key))
			} else {
				err = b.Put(key, value)
				all[name][string(key)] = string(value)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func open(t *testing.T, path string) *File {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Whatever bbolt writes is found, in order, and nothing of it is taken for damage.
func TestReadsWhatBoltWrites(t *testing.T) {
	for seed := range uint64(6) {
		path := filepath.Join(t.TempDir(), "file.db")
		want := makeFile(t, path, seed)
		f := open(t, path)
		marks := f.NewMarks()
		buckets, err := f.Buckets(marks)
		if err != nil || len(buckets) != len(want) {
			t.Fatalf("seed %d: %d buckets, %v", seed, len(buckets), err)
		}
		for name, b := range buckets {
			checkBucket(t, b, marks, want[name])
		}
		if err := f.Free(marks); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if id, missing := marks.Missing(); missing && f.HasFreelist() {
			t.Errorf("seed %d: page %d is neither free nor in use", seed, id)
		}
		checkBranches(t, f)
	}
}

// A file that is in memory reads as one that is read into it, and nothing is written there:
// walks through other files read into what walks before them have left.
func TestInMemory(t *testing.T) {
	path, other := filepath.Join(t.TempDir(), "file.db"), filepath.Join(t.TempDir(), "other.db")
	want := makeFile(t, path, 1)
	makeFile(t, other, 2)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	memory, f := bytes.Clone(content), open(t, path)
	for _, keeps := range []bool{false, true} {
		inMemory := In(memory, f.PageSize, f.root)
		if keeps {
			inMemory.Keep(KeptBytes)
		}
		buckets, err := inMemory.Buckets(nil)
		if err != nil || len(buckets) != len(want) {
			t.Fatalf("%d buckets, %v", len(buckets), err)
		}
		for name, b := range buckets {
			checkBucket(t, b, nil, want[name])
			checkBranches(t, open(t, other))
		}
	}
	if !bytes.Equal(memory, content) {
		t.Error("the file is another one now")
	}
}

func checkBucket(t *testing.T, b *Bucket, marks *Marks, want map[string]string) {
	t.Helper()
	n, last := 0, ""
	err := b.Leaves(Walk{Marks: marks}, func(l *Leaf) (bool, error) {
		for i := range l.Len() {
			key := string(l.Key(i))
			if value, ok := want[key]; !ok || value != string(l.Value(i)) || key <= last {
				t.Errorf("%s, key %x: %d bytes; want %d bytes, %v, behind %x", b.Name, key, len(l.Value(i)), len(value), ok, last)
			}
			last = key
			n++
		}
		return true, nil
	})
	if err != nil || n != len(want) {
		t.Errorf("%s: %d entries, %v; want %d", b.Name, n, err, len(want))
	}
	for key, value := range want {
		if got, found, err := b.Get([]byte(key)); string(got) != value || !found || err != nil {
			t.Errorf("%s: get %x: %d bytes, %v, %v", b.Name, key, len(got), found, err)
		}
		if _, found, err := b.Get([]byte(key + "x\x00")); found || err != nil {
			t.Errorf("%s: get of what is not there: %v, %v", b.Name, found, err)
		}
		if n--; n%64 == 0 { // each goes through all
			checkAround(t, b, []byte(key+"x"), want)
		}
	}
}

// checkAround asks for a key, unless it is there. All entries of the span that is
// returned have been shown, and the key would be in it.
func checkAround(t *testing.T, b *Bucket, key []byte, want map[string]string) {
	t.Helper()
	if _, there := want[string(key)]; there {
		return
	}
	shown := map[string]bool{}
	looked, err := b.Around(key, func(k, _ []byte) error {
		shown[string(k)] = true
		return nil
	})
	if err != nil || !looked.Has(key) {
		t.Errorf("%s, around %x: %x, %v", b.Name, key, looked, err)
	}
	for other := range want {
		if looked.Has([]byte(other)) && !shown[other] {
			t.Errorf("%s, around %x: %x is in %x and was not shown", b.Name, key, other, looked)
		}
	}
}

// checkBranches looks at no leaf, as at an opening.
func checkBranches(t *testing.T, f *File) {
	t.Helper()
	marks := f.NewMarks()
	buckets, err := f.Buckets(marks)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range buckets {
		if err := b.Branches(Walk{Marks: marks}); err != nil {
			t.Error(err)
		}
	}
	if err := f.Free(marks); err != nil {
		t.Error(err)
	}
}

// flipped is a file of which one byte is wrong.
type flipped struct {
	*bytes.Reader
	at   int64
	flip byte
}

func (f *flipped) ReadAt(data []byte, at int64) (int, error) {
	n, err := f.Reader.ReadAt(data, at)
	if f.at >= at && f.at < at+int64(n) {
		data[f.at-at] ^= f.flip
	}
	return n, err
}

// One byte after the other is wrong: who looks at all pages finds it, or it is in a
// key or a value and shows there, or it makes no difference.
func TestFlips(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.db")
	want := makeFile(t, path, 1)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	random := rand.New(rand.NewPCG(1, 0))
	for n := range 1000 {
		at := random.IntN(len(content))
		if n%2 == 0 { // where the fields of a page are
			at = at/4096*4096 + random.IntN(200)
		}
		from := &flipped{bytes.NewReader(content), int64(at), 1 << (n % 8)}
		switch differs, err := read(from, int64(len(content)), want); {
		case err != nil:
			found++
		case differs == 1:
		case differs > 1:
			t.Errorf("byte %d: %d entries differ and nothing tells", at, differs)
		}
	}
	if found < 100 {
		t.Errorf("only %d flips were found", found)
	}
}

// read counts the entries that are not as they were, 2 for one that is missing or new.
func read(from *flipped, size int64, want map[string]map[string]string) (differs int, err error) {
	f, err := Open(from, size)
	if err != nil {
		return 0, err
	}
	marks := f.NewMarks()
	buckets, err := f.Buckets(marks)
	if err != nil {
		return 0, err
	}
	for name, entries := range want {
		b := buckets[name]
		if b == nil {
			differs++ // its name is a key
			continue
		}
		left := len(entries)
		err := b.Leaves(Walk{Marks: marks}, func(l *Leaf) (bool, error) {
			for i := range l.Len() {
				left--
				if value, ok := entries[string(l.Key(i))]; !ok || value != string(l.Value(i)) {
					differs++
				}
			}
			return true, nil
		})
		if err != nil {
			return 0, err
		}
		if left != 0 {
			differs += 2
		}
	}
	if err := f.Free(marks); err != nil {
		return 0, err
	}
	if _, missing := marks.Missing(); missing {
		return 0, damagef("a page is missing")
	}
	return differs, nil
}

// A leaf whose last key isn't below those of the next one is damaged.
func TestKeyBeyondItsLeaf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("b"))
		for n := range byte(10) {
			err = errors.Join(err, b.Put([]byte{'k', n}, make([]byte, 3000)))
		}
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	walk := func(visit func(*Leaf)) error {
		buckets, err := open(t, path).Buckets(nil)
		if err != nil {
			t.Fatal(err)
		}
		return buckets["b"].Leaves(Walk{}, func(l *Leaf) (bool, error) { visit(l); return true, nil })
	}
	var page, at int
	err = walk(func(l *Leaf) {
		if page == 0 {
			page, at = int(l.page.id), bytes.Index(l.page.data, l.Key(l.Len()-1))
		}
	})
	data := content(t, path)
	data[page*os.Getpagesize()+at] = 'z'
	if err := errors.Join(err, os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := walk(func(*Leaf) {}); err == nil || !strings.Contains(err.Error(), "not below the next") {
		t.Errorf("its last key is above those of the next: %v", err)
	}
}
