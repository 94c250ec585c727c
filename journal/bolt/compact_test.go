package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"bcp/journal"
)

// A journal of which most is forgotten gets small, and stays what it is.
func TestCompact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	for n := range 40 {
		life := benchLife(n)
		life[3].Payload = make([]byte, 60_000)
		if err := s.Commit(life[:]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := prune(s, endedBefore(0, 5), 100); err != nil {
		t.Fatal(err)
	}
	if _, err := Compact(context.Background(), path, Options{}, journal.Observer{}); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("compaction of a journal in use: %v", err)
	}
	s.Close()
	want := mustRead(t, path, scanWhole)
	done, err := Compact(context.Background(), path, Options{}, journal.Observer{})
	if err != nil || done.After > done.Before/4 || done.After > sizeOf(path) {
		t.Errorf("compacted: %+v, %v", done, err)
	}
	checkWhole(t, path)
	checkFile(t, path)
	if got := mustRead(t, path, scanWhole); !maps.Equal(got, want) {
		t.Errorf("what was compacted differs: %v", difference(got, want))
	}
	checkNames(t, path, path)
}

// A file that a user has named after the journal and what was done with it stays as it is. It is told
// of, for a compaction of an older build may have left it.
func TestCompactLeavesOthers(t *testing.T) {
	path := newFile(t)
	theirs := path + oldCopySuffix
	if err := os.WriteFile(theirs, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Compact(t.Context(), path, Options{}, journal.Observer{})
	s := mustOpen(t, plain, path)
	_, inUse := s.Compact(t.Context(), atOnce, journal.Observer{})
	if err := errors.Join(err, inUse, s.Close()); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(theirs); string(content) != "theirs" {
		t.Errorf("a user's file has %d bytes, %v", len(content), err)
	}
	if problems, notes := verify(t, path); len(problems) > 0 || len(notes) != 1 || !strings.Contains(notes[0], theirs) {
		t.Errorf("problems %q, notes %q", problems, notes)
	}
}

// Several transactions make the same file as one.
func TestCompactLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	for n := range 100 {
		life := benchLife(n)
		life[3].Payload = make([]byte, 200_000)
		if err := s.Commit(life[:]); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	want := mustRead(t, path, scanWhole)
	if _, err := Compact(context.Background(), path, Options{}, journal.Observer{}); err != nil {
		t.Fatal(err)
	}
	checkWhole(t, path)
	if got := mustRead(t, path, scanWhole); !maps.Equal(got, want) {
		t.Errorf("what was compacted differs: %v", difference(got, want))
	}
}

// What is damaged is not made smaller still.
func TestCompactRefuses(t *testing.T) {
	path := rotJournal(t)
	edit(t, path, flipValue(bucketResult, benchID(58)))
	before := sizeOf(path)
	var found []string
	_, err := Compact(context.Background(), path, Options{}, journal.Observer{Found: func(p journal.Problem) { found = append(found, p.String()) }})
	if !errors.Is(err, journal.ErrCorrupt) || len(found) != 1 || sizeOf(path) != before {
		t.Errorf("compaction of a damaged journal: %v, %q", err, found)
	}
}

// inTurns is a store of which one goroutine at a time commits, prunes, or is alone.
type inTurns struct {
	*Store
	mu sync.Mutex
}

func (s *inTurns) Commit(records []journal.Record) error {
	return s.alone(func() error { return s.Store.Commit(records) })
}

func (s *inTurns) CommitAndPrune(records []journal.Record, r journal.Retention, limit int) (n int, damage, err error) {
	err = s.alone(func() error { n, damage, err = s.Store.CommitAndPrune(records, r, limit); return err })
	return n, damage, err
}

func (s *inTurns) alone(fn func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fn()
}

// TestCompactInUse compacts a journal again and again while tasks come and go, and while
// others read, verify, back up and export it: nothing that was committed is missing,
// nobody is disturbed, and what has been pruned gives its room back.
func TestCompactInUse(t *testing.T) { testCompactInUse(t, plain) }

// TestCompactInUseLog does the same where commits go to a log, and are settled beside all.
func TestCompactInUseLog(t *testing.T) {
	t.Parallel()
	testCompactInUse(t, newSetup(Options{Log: 64 << 10}))
}

func testCompactInUse(t *testing.T, o setup) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := &inTurns{Store: mustOpen(t, o, path)}
	s.turnBytes = 2000
	grow(t, s.Store, 2000)
	stop, stopped := make(chan struct{}), make(chan error, 1)
	done := make(chan int, 1000)
	go func() { stopped <- comeAndGo(s, stop, done) }()
	select {
	case n := <-done: // one has come
		done <- n
	case err := <-stopped:
		t.Fatal(err)
	}
	readers := read(t, s.Store, stop, done)
	for n := range 6 {
		compacted, err := s.Compact(context.Background(), s.alone, journal.Observer{})
		if err != nil || n == 0 && compacted.After > compacted.Before/4 || compacted.PauseUS <= 0 {
			t.Fatalf("compaction %d: %+v, %v", n, compacted, err)
		}
		if s.db.NoSync || s.follower.Load() != nil {
			t.Fatal("commits are not synced, or are still followed")
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	readers.Wait()
	want := scanned(t, s.Store)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := mustRead(t, path, scanWhole); !maps.Equal(got, want) {
		t.Errorf("after a restart it differs: %v", difference(got, want))
	}
	checkWhole(t, path)
	checkFile(t, path)
	checkNames(t, path, path, BlobFolder(path))
}

// grow makes tasks that end and are forgotten, so that most of the file is free.
func grow(t *testing.T, s *Store, tasks int) {
	t.Helper()
	var batch []journal.Record
	for n := range tasks {
		life := benchLife(n - 1_000_000) // before all others
		life[3].Payload = make([]byte, 3000)
		batch = append(batch, life[:]...)
	}
	if err := s.Commit(batch); err != nil {
		t.Fatal(err)
	}
	if _, err := prune(s, journal.Retention{NowMS: 1 << 50, Ended: 0}, tasks); err != nil {
		t.Fatal(err)
	}
}

func scanned(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all, err := scanWhole(s)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// checkNames compares the files beside the journal, and it.
func checkNames(t *testing.T, path string, want ...string) {
	t.Helper()
	names, err := filepath.Glob(path + "*")
	slices.Sort(want)
	if err != nil || !slices.Equal(names, want) {
		t.Errorf("files %q, %v; want %q", names, err, want)
	}
}

// read reads a journal in all ways until it is told to stop.
func read(t *testing.T, s *Store, stop <-chan struct{}, done <-chan int) *sync.WaitGroup {
	var all sync.WaitGroup
	ctx, folder := context.Background(), t.TempDir()
	for name, fn := range map[string]func(n int) error{
		"get": func(int) error {
			select {
			case n := <-done:
				return mustHave(s, n)
			case <-stop:
				return nil
			}
		},
		"backup": func(n int) error {
			return s.Backup(ctx, filepath.Join(folder, fmt.Sprint(n)), nil)
		},
		"verify": func(int) error {
			_, err := s.Verify(ctx, func(p journal.Problem) { t.Error(p) }, nil)
			return err
		},
		"export": func(int) error {
			return s.Export(ctx, nil, func(journal.Item) error { return nil }, func(p journal.Problem) { t.Error(p) })
		},
		"live": func(int) error { return journal.EachLive(s, func(journal.ID, []journal.Record) error { return nil }) },
	} {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := fn(n); err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
			}
		})
	}
	return &all
}

// mustHave looks for a task that has ended, and may be forgotten by now.
func mustHave(s *Store, n int) error {
	_, err := s.Get(benchID(n))
	last := s.Meta().Last // after that: others come meanwhile
	if err != nil && numberOf(last) < n+20 {
		return fmt.Errorf("task %d of %d: %w", n, numberOf(last), err)
	}
	return nil
}

// What was opened as the copy of a journal may have become a journal by the time that it
// is locked: nothing is done to it.
func TestClaimCopy(t *testing.T) {
	path := newFile(t)
	before := mustReadFile(t, path)
	rename(t, path, path+copySuffix)
	f, err := os.OpenFile(path+copySuffix, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rename(t, path+copySuffix, path)
	for _, copies := range []bool{false, true} { // is there another copy meanwhile?
		if copies {
			if err := os.WriteFile(path+copySuffix, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := claimCopy(path+copySuffix, f); err == nil {
			t.Error("the journal is taken for a copy")
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the journal is another one: %v", err)
	}
}

// A journal in whose place there is another one since it was opened is not compacted: its
// copy would take the place of that one.
func TestCompactOfReplaced(t *testing.T) {
	path, other := newFile(t), newFile(t)
	s, err := OpenReadOnly(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := mustReadFile(t, other)
	rename(t, other, path)
	c := compaction{ctx: context.Background(), store: s, alone: atOnce}
	if _, err := c.run(); err == nil {
		t.Error("it is compacted")
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the other journal is gone: %v", err)
	}
	checkNames(t, path+copySuffix)
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// Whose copy can't be made is told, with the reason.
func TestCompactWithoutCopy(t *testing.T) {
	path := newFile(t)
	if err := os.Mkdir(path+copySuffix, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Compact(t.Context(), path, Options{}, journal.Observer{})
	if want := "compact " + path + ": open " + path + copySuffix + ": is a directory"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
