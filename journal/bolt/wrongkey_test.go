package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// keyedFile is a journal of tasks that have ended, and where the keys of a bucket are in it.
type keyedFile struct {
	whole  []byte
	leaves [][][]byte // the keys of each leaf, as they are in whole
	above  [][][]byte // likewise of each branch
}

func readKeyed(t *testing.T, path string, bucket []byte) *keyedFile {
	t.Helper()
	root := 0
	edit(t, path, func(tx *bbolt.Tx) error { root = int(tx.Bucket(bucket).Root()); return nil })
	k := &keyedFile{whole: mustReadFile(t, path)}
	k.read(root)
	return k
}

func (k *keyedFile) read(id int) {
	page := k.whole[id*os.Getpagesize():]
	isLeaf := binary.NativeEndian.Uint16(page[8:]) == 2
	var keys [][]byte
	for n := range int(binary.NativeEndian.Uint16(page[10:])) {
		e := page[16+16*n:]
		pos, size := binary.NativeEndian.Uint32(e), binary.NativeEndian.Uint32(e[4:])
		if isLeaf {
			pos, size = size, binary.NativeEndian.Uint32(e[8:])
		} else {
			k.read(int(binary.NativeEndian.Uint64(e[8:])))
		}
		keys = append(keys, e[pos:][:size])
	}
	if isLeaf {
		k.leaves = append(k.leaves, keys)
	} else {
		k.above = append(k.above, keys)
	}
}

// wrongKeys are what may become of a key.
var wrongKeys = map[string]func(key []byte){
	"far too low":  func(key []byte) { key[0], key[3] = 0, 0 },
	"far too high": func(key []byte) { key[0] = 0xff },
	"too low":      func(key []byte) { key[len(key)-1], key[len(key)-2] = 0, 0 },
	"too high":     func(key []byte) { key[len(key)-1], key[len(key)-2] = 0xff, 0xff },
	"another":      func(key []byte) { key[len(key)-1] ^= 8 },
}

// One wrong key costs an export the task of that key, and the one whose key it is then, whatever
// leaf it is in; one of a branch costs nothing. What is left out is told.
func TestOneWrongKey(t *testing.T) {
	t.Parallel()
	path := largeLives(t)
	random := rand.New(rand.NewPCG(1, 1))
	for _, bucket := range [][]byte{bucketDone, bucketResult} {
		k := readKeyed(t, path, bucket)
		if len(k.above) < 3 { // of two levels
			t.Fatalf("bucket %s has %d branches", bucket, len(k.above))
		}
		for what, spoil := range wrongKeys {
			leaf := k.leaves[random.IntN(len(k.leaves))]
			for _, n := range []int{0, random.IntN(len(leaf)), len(leaf) - 1} {
				checkWrongKey(t, fmt.Sprintf("%s, key %d of a leaf is %s", bucket, n, what), path, k, leaf[n], spoil, largeTasks-2)
			}
			root, branch := k.above[len(k.above)-1], k.above[random.IntN(len(k.above)-1)]
			for _, key := range [][]byte{root[0], root[1], root[len(root)-1], branch[0], branch[random.IntN(len(branch))], branch[len(branch)-1]} {
				checkWrongKey(t, fmt.Sprintf("%s, a key of a branch is %s", bucket, what), path, k, key, spoil, largeTasks)
			}
		}
		if err := os.WriteFile(path, k.whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Few results are in no page of their own, and one wrong key among theirs costs one task.
func TestOneWrongKeyOfFew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	for n := range 6 {
		life := benchLife(n)
		mustCommit(t, s, life[:]...)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	last := benchID(5)
	var entry []byte
	edit(t, path, func(tx *bbolt.Tx) error {
		if tx.Bucket(bucketResult).Root() != 0 {
			t.Fatal("results have a page of their own")
		}
		entry = append(last[:], tx.Bucket(bucketResult).Get(last[:])...)
		return nil
	})
	content := mustReadFile(t, path)
	wrong := append([]byte{entry[0] ^ 1}, entry[1:]...)
	overwrite(bytes.ReplaceAll(content, entry, wrong))(t, path)
	if items, left := export(t, path, nil); len(items) != 5 || len(left) == 0 {
		t.Errorf("%d items of 6, %v", len(items), left)
	}
}

const largeTasks = 3000

// largeLives makes a journal of tasks that have ended, with so few rows and results to a page
// that buckets have branches of two levels.
func largeLives(t *testing.T) string {
	t.Helper()
	path := filepath.Join(inMemory(t), "bcp.db")
	s := mustOpen(t, plain, path)
	var batch []journal.Record
	for n := range largeTasks {
		life := benchLife(n)
		life[0].Spec.Client, life[3].Payload = strings.Repeat("c", 200), make([]byte, 300)
		batch = append(batch, life[:]...)
	}
	if err := errors.Join(s.Commit(batch), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkWrongKey has a key of a file be wrong, and puts it right again. Least is how many tasks
// are exported.
func checkWrongKey(t *testing.T, what, path string, k *keyedFile, key []byte, spoil func([]byte), least int) {
	t.Helper()
	was := slices.Clone(key)
	spoil(key)
	err := os.WriteFile(path, k.whole, 0o600)
	copy(key, was)
	if err != nil {
		t.Fatal(err)
	}
	items, left := export(t, path, nil)
	for n := 1; n < len(items); n++ {
		if items[n-1].Entry.Task.ID.Compare(items[n].Entry.Task.ID) >= 0 {
			t.Errorf("%s: item %d is task %s, behind %s", what, n, items[n].Entry.Task.ID, items[n-1].Entry.Task.ID)
			break
		}
	}
	if len(items) < least || len(items) < largeTasks && len(left) == 0 {
		t.Errorf("%s: %d items, want %d, without %q", what, len(items), least, left)
	}
}

// Whoever goes in steps through a journal that is in use comes to an end as well.
func TestOneWrongKeyInUse(t *testing.T) {
	t.Parallel()
	path := largeLives(t)
	k := readKeyed(t, path, bucketDone)
	random := rand.New(rand.NewPCG(1, 2))
	for what, spoil := range wrongKeys {
		leaf := k.leaves[random.IntN(len(k.leaves)-1)]
		key := leaf[len(leaf)-1]
		was := slices.Clone(key)
		spoil(key)
		err := os.WriteFile(path, k.whole, 0o600)
		copy(key, was)
		if err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, plain, path)
		items, left := 0, 0
		err = s.Export(t.Context(), nil, func(journal.Item) error { items++; return nil }, func(journal.Problem) { left++ })
		if err != nil || items < largeTasks-2 || left == 0 {
			t.Errorf("last key of a leaf is %s: %d items, %d left out, %v", what, items, left, err)
		}
		if checked, err := s.Verify(t.Context(), nil, nil); err != nil || checked.Problems == 0 {
			t.Errorf("last key of a leaf is %s: verify: %+v, %v", what, checked, err)
		}
		s.Close()
	}
}

// An export that is given up ends, though it has nothing to tell of.
func TestExportGivenUp(t *testing.T) {
	path := rotJournal(t)
	x, err := OpenExport(path, Options{}, func(p journal.Problem) { t.Error(p) })
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	ctx, giveUp := context.WithCancel(t.Context())
	giveUp()
	none := func(*journal.Entry) bool { return false }
	if err := x.Export(ctx, none, func(journal.Item) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("export: %v", err)
	}
}
