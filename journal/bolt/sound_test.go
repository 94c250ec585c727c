package bolt

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/tree"
)

// What is known of pages is of one commit of one file.
func TestSoundIsOfACommit(t *testing.T) {
	var known sound
	looked := func(s *Store) (file *tree.File) {
		if err := s.view(func(tx *bbolt.Tx) error { file = known.in(tx).file; return nil }); err != nil {
			t.Fatal(err)
		}
		return file
	}
	s, _ := openNew(t, plain)
	other := mustOpen(t, plain, filepath.Join(t.TempDir(), "bcp.db"))
	defer other.Close()
	first := looked(s)
	if looked(s) != first {
		t.Error("it is lost though nothing was committed")
	}
	of := looked(other)
	if of == first {
		t.Error("it is taken for that of another file")
	}
	life := benchLife(1)
	mustCommit(t, other, life[:]...)
	if looked(other) == of {
		t.Error("it is taken for that of a later commit")
	}
}

// A branch of what has not ended goes wrong while the journal is in use: the store fails before it
// writes below that branch, and when this is right again all is there that was committed.
func TestRottenBranchOfLivesInUse(t *testing.T) {
	path := withLives(t)
	for _, bucket := range [][]byte{bucketState, bucketOpen, bucketCheckpoints, bucketSettings} {
		for what, spoil := range wrongBranches {
			t.Run(fmt.Sprintf("%s/%s", bucket, what), func(t *testing.T) { failsBelow(t, path, bucket, spoil) })
		}
	}
}

// withLives makes a journal in which there is much of all that tasks have before they end.
func withLives(t *testing.T) (path string) {
	t.Helper()
	var records []journal.Record
	for n := range manyTasks {
		life := benchLife(n)
		records = append(append(records, life[:3]...), savedOf(n), settingOf(n))
	}
	return withCommits(t, plain, records)
}

func savedOf(n int) journal.Record {
	return journal.Record{Task: benchID(n), Kind: journal.KindCheckpoint, Time: 1, Attempt: 1, Seq: 1, Payload: make([]byte, 100)}
}

func settingOf(n int) journal.Record {
	return journal.Record{Kind: journal.KindSetting, Time: 1, Setting: &journal.Setting{Name: fmt.Sprint("limit/", n), Value: fmt.Sprint(n)}}
}

// failsBelow has a journal be in use while the root of a bucket goes wrong.
func failsBelow(t *testing.T, path string, bucket []byte, spoil func(branch []byte, count int)) {
	t.Helper()
	rotten := filepath.Join(inMemory(t), "bcp.db")
	if err := copyFile(systemDisk{}, path, rotten, nil); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, plain, rotten)
	content, root, size := rootOf(t, rotten, bucket)
	from, was := len(content)-len(root), slices.Clone(root[:size])
	spoil(root, int(binary.NativeEndian.Uint16(root[10:])))
	overwriteInPlaceAt(t, rotten, root[:size], from)
	states, err := liveOn(s)
	if !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), fmt.Sprintf("bucket %s: page %d: ", bucket, from/size)) {
		t.Errorf("a commit below the branch: %v", err)
	}
	if err := s.Commit([]journal.Record{settingOf(1)}); !errors.Is(err, journal.ErrFailed) {
		t.Errorf("a commit behind that: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	overwriteInPlaceAt(t, rotten, was, from)
	s = mustOpen(t, plain, rotten)
	defer s.Close()
	for n := range manyTasks {
		if e, err := s.Get(benchID(n)); err != nil || e.Task.State != cmp.Or(states[n], journal.Running) {
			t.Errorf("task %d: %v, %v", n, e.Task.State, err)
		}
	}
}

// liveOn has tasks go on, as far as that goes, and returns those that have ended.
func liveOn(s *Store) (ended map[int]journal.State, err error) {
	ended = map[int]journal.State{}
	for n := 0; n < manyTasks && err == nil; n += 20 {
		begun := benchLife(manyTasks + n)
		for _, records := range [][]journal.Record{begun[:3], {savedOf(n + 1)}, {benchLife(n + 2)[3]}, {settingOf(n)}} {
			if err = s.Commit(records); err != nil {
				break
			}
			if records[0].Kind == journal.KindEnd {
				ended[n+2] = journal.Done
			}
		}
	}
	return ended, err
}

// A task ends whose state is in a leaf beside one that goes wrong, or whose checkpoint such a leaf
// hides: the store fails before it deletes anything there.
func TestEndBesideRottenLeafOfLives(t *testing.T) {
	atOnce := lateOptions(lateness{min: manyTasks + 1, wait: 1, step: 4}) // nobody ends late
	path := withLives(t)
	for _, c := range []struct {
		bucket []byte
		task   int // that ends, from the first one of the leaf on
	}{{bucketState, -1}, {bucketCheckpoints, 1}} {
		rotten := filepath.Join(inMemory(t), "bcp.db")
		if err := copyFile(systemDisk{}, path, rotten, nil); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, atOnce, rotten)
		content, root, size := rootOf(t, rotten, c.bucket)
		half := int(binary.NativeEndian.Uint16(root[10:])) / 2
		page := int(binary.NativeEndian.Uint64(root[16+16*half+8:]))
		keyAt := func(i int) int {
			e := page*size + 16 + 16*i
			return e + int(binary.NativeEndian.Uint32(content[e+4:]))
		}
		first := 0
		for n := range manyTasks {
			if id := benchID(n); string(id[:]) == string(content[keyAt(0):][:idBytes]) {
				first = n
			}
		}
		overwriteInPlaceAt(t, rotten, []byte{content[keyAt(1)] ^ 0x40}, keyAt(1))
		err := s.Commit([]journal.Record{benchLife(first + c.task)[3]})
		if !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), fmt.Sprintf("bucket %s: page %d: ", c.bucket, page)) {
			t.Errorf("bucket %s: %v", c.bucket, err)
		}
		s.Close()
	}
}

// A wrong key of a branch hides tasks while the journal is in use: that is damage, and not a task
// that nobody knows.
func TestHiddenByRottenBranch(t *testing.T) {
	for _, options := range []setup{plain, logged(1 << 20)} {
		path := withMany(t, options, true)
		s := mustOpen(t, options, path)
		content, root, size := rootOf(t, path, bucketState)
		wrongBranches["a key"](root, int(binary.NativeEndian.Uint16(root[10:])))
		overwriteInPlaceAt(t, path, root[:size], len(content)-len(root))
		end := benchLife(manyTasks - 1)[3]
		err := s.Commit([]journal.Record{end})
		if !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), "find task "+end.Task.String()+": journal is damaged: bucket state: page ") {
			t.Errorf("its end: %v", err)
		}
		s.Close()
	}
}

// Tasks that have ended late stay as they are while there is damage above their bases, and nothing
// fails for that.
func TestSweepBelowRottenBranch(t *testing.T) {
	options := lateOptions(lateness{min: manyTasks / 4, wait: manyTasks / 4, step: 4})
	for what, spoil := range wrongBranches {
		path := withOthers(t, options)
		s := mustOpen(t, options, path)
		endOthers(t, s)
		content, root, size := rootOf(t, path, bucketState)
		from, was := len(content)-len(root), slices.Clone(root[:size])
		spoil(root, int(binary.NativeEndian.Uint16(root[10:])))
		overwriteInPlaceAt(t, path, root[:size], from)
		for n := 0; s.late.sweeps() && n < manyTasks; n++ {
			step(t, s)
		}
		if err := s.failure(); err != nil || s.Unfolded() > 0 {
			t.Errorf("%s: %d tasks wait to be folded, %v", what, s.Unfolded(), err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		overwriteInPlaceAt(t, path, was, from)
		s = mustOpen(t, options, path)
		for n := range manyTasks {
			if e, err := s.Get(benchID(n)); err != nil || e.Task.State != journal.Done {
				t.Errorf("%s: task %d: %v, %v", what, n, e.Task.State, err)
			}
		}
		s.Close()
	}
}
