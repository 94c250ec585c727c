package bolt

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"bcp/journal"
	"bcp/journal/storetest"
)

// TestStoreCompacted runs the suite on a store that is compacted all the time: each
// commit meets a compaction at another place.
func TestStoreCompacted(t *testing.T) { testStoreCompacted(t, plain) }

// TestStoreCompactedLog does the same with one that has a log, in which something is now and
// then.
func TestStoreCompactedLog(t *testing.T) {
	t.Parallel()
	testStoreCompacted(t, newSetup(Options{Log: 64 << 10, LogStep: 7}))
}

func testStoreCompacted(t *testing.T, o setup) {
	places := 0
	storetest.Run(t, func(t *testing.T) *storetest.Harness {
		path := filepath.Join(t.TempDir(), "bcp.db")
		s := &compacted{Store: mustOpen(t, o, path), t: t}
		t.Cleanup(func() {
			s.Close()
			places += s.places
			checkFile(t, path)
			checkNames(t, path+copySuffix)
		})
		return &storetest.Harness{
			Store: s,
			Reopen: func() journal.Store {
				s.Close()
				s = &compacted{Store: mustOpen(t, o, path), t: t, places: s.places}
				return s
			},
			FailNext: func() { failNext(t, s.Store) },
			TakeOver: func() { takeOver(t, s.Store) },
			Blobs:    func() int { return countBlobs(t, s.Store) },
		}
	})
	if places < 10 {
		t.Errorf("only %d copies have taken the place of a journal", places)
	}
}

// compacted is a store that takes a turn of a compaction after each commit, of an entry.
type compacted struct {
	*Store
	t      *testing.T
	c      *compaction
	places int // that copies have taken
}

func (s *compacted) Commit(records []journal.Record) error {
	return errors.Join(s.Store.Commit(records), s.step())
}

func (s *compacted) CommitAndPrune(records []journal.Record, r journal.Retention, limit int) (int, error, error) {
	n, damage, err := s.Store.CommitAndPrune(records, r, limit)
	return n, damage, errors.Join(err, s.step())
}

func (s *compacted) Close() error {
	if s.c != nil {
		s.c.discard()
		s.c = nil
	}
	return s.Store.Close()
}

func (s *compacted) step() error {
	if s.failure() != nil {
		return nil
	}
	if s.c == nil {
		s.turnBytes = 150 // an entry or two
		s.c = &compaction{ctx: context.Background(), store: s.Store, alone: s.alone}
		if err := s.c.begin(); err != nil {
			s.t.Errorf("begin: %v", err)
			s.c = nil
		}
		return nil
	}
	if !s.c.whole {
		if err := s.c.turn(); err != nil {
			s.t.Errorf("turn: %v", err)
		}
		return nil
	}
	err := andThen(s.c.checkArrived(), func() error { return s.alone(s.c.takePlace) })
	if err != nil {
		s.t.Errorf("take the place: %v", err)
		return nil
	}
	s.c, s.places = nil, s.places+1
	return nil
}

// What keeps a compaction from its end leaves the journal as it is, in use, and no
// copy.
func TestCompactBreaksOff(t *testing.T) {
	path := rotJournal(t)
	s := mustOpen(t, plain, path)
	defer s.Close()
	want := scanned(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	broken := errors.New("broken")
	turn, told := 0, func(p journal.Problem) { t.Error(p) }
	for name, c := range map[string]struct {
		alone  func(fn func() error) error
		copied func(journal.Copied)
		want   error
	}{
		"in the middle": {atOnce, func(journal.Copied) { cancel() }, context.Canceled},
		"at its end": {func(fn func() error) error {
			if turn++; turn == 3 {
				return broken
			}
			return fn()
		}, nil, broken},
		"with an entry less": {atOnce, func(journal.Copied) { s.follower.Store(nil); commitNext(t, s) }, journal.ErrCorrupt},
		"too slow": {atOnce, func(journal.Copied) {
			s.follower.Load().add(make([]entryAt, touchedMax+1))
		}, errOvertaken},
		"on a journal that failed": {func(fn func() error) error {
			failed := s.failed.Load()
			defer func() { s.failed.Store(failed) }()
			if turn++; turn > 2 {
				s.fail(broken)
			}
			return fn()
		}, nil, broken},
	} {
		s.turnBytes, turn = 1000, 0
		if _, err := s.Compact(ctx, c.alone, journal.Observer{Found: told, Copied: c.copied}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v; want %v", name, err, c.want)
		}
		ctx, cancel = context.WithCancel(context.Background())
		checkNames(t, path+copySuffix)
		if s.follower.Load() != nil {
			t.Errorf("%s: commits are still followed", name)
		}
		commitNext(t, s)
	}
	cancel()
	if got := scanned(t, s); len(got) <= len(want) {
		t.Errorf("%d entries, there were %d", len(got), len(want))
	}
}

// commitNext commits a task that comes behind all others.
func commitNext(t *testing.T, s *Store) {
	t.Helper()
	life := benchLife(0)
	id := journal.IDPlus(s.Meta().Last, 1)
	for i := range life {
		life[i].Task = id
	}
	if err := s.Commit(life[:2]); err != nil {
		t.Fatal(err)
	}
}

// A second compaction is refused, whether a broker or a tool does the first.
func TestCompactOnce(t *testing.T) {
	path := rotJournal(t)
	s := mustOpen(t, plain, path)
	defer s.Close()
	_, err := s.Compact(context.Background(), atOnce, journal.Observer{Copied: func(journal.Copied) {
		if _, err := s.Compact(context.Background(), atOnce, journal.Observer{}); !errors.Is(err, journal.ErrCompacting) {
			t.Errorf("a second one: %v", err)
		}
		if _, err := openCopy(path+copySuffix, 0); !errors.Is(err, journal.ErrCompacting) {
			t.Errorf("a second copy: %v", err)
		}
	}})
	if err != nil {
		t.Error(err)
	}
}

// On a disk that has no room for a copy, none is begun.
func TestCompactNeedsRoom(t *testing.T) {
	path := rotJournal(t)
	s := mustOpen(t, plain, path)
	defer s.Close()
	s.reserve = math.MaxInt64 / 4
	_, err := s.Compact(context.Background(), atOnce, journal.Observer{})
	if !errors.Is(err, errNoRoom) {
		t.Errorf("compaction without room: %v", err)
	}
	checkNames(t, path+copySuffix)
}
