package bolt

import (
	"context"
	"errors"
	"math"
	"os"
	"testing"

	"bcp/journal"
)

// syncedFiles notes which open files were synced.
type syncedFiles struct {
	systemDisk
	files *[]*os.File
}

func (d syncedFiles) Sync(f *os.File) error {
	*d.files = append(*d.files, f)
	return d.systemDisk.Sync(f)
}

// The log and the engine sync open files of their own: what the disk has not written of
// either is told to both, whichever syncs first.
func TestLogHasAFileOfItsOwn(t *testing.T) {
	var synced []*os.File
	o := newSetup(Options{Log: 64 << 10, LogStep: 1 << 20, Disk: syncedFiles{files: &synced}})
	s, _ := openNew(t, o)
	for n, prepare := range []func() error{func() error { return nil }, func() error { return compactAlone(s) }} {
		if err := prepare(); err != nil {
			t.Fatal(err)
		}
		synced = nil
		life := benchLife(n + 1)
		if err := s.Commit(life[:]); err != nil || len(synced) != 1 || synced[0] == s.file {
			t.Errorf("commit %d: %v; %d files were synced, or the engine's", n+1, err, len(synced))
		}
	}
}

// compactAlone compacts a store that nobody else uses.
func compactAlone(s *Store) error {
	alone := func(fn func() error) error { return fn() }
	_, err := s.Compact(context.Background(), alone, journal.Observer{})
	return err
}

// openAhead opens a journal with a log, in which everything stays until somebody wants it.
func openAhead(t *testing.T) *Store {
	s, _ := openNew(t, logged(64<<10))
	return s
}

// A store that fails while nobody commits tells so who looks for room.
func TestRoomAfterFailure(t *testing.T) {
	s, life := openAhead(t), benchLife(1)
	mustCommit(t, s, life[0])
	fillDisk(t, s.file)
	if err := s.settle(); err == nil {
		t.Fatal("it was brought into the tables")
	}
	if _, err := s.Room(); !errors.Is(err, journal.ErrFailed) {
		t.Errorf("room: %v", err)
	}
}

// A store that fails while nobody commits tells so who closes it, once. What it had in its log
// is there at the next opening.
func TestCloseAfterFailure(t *testing.T) {
	for _, known := range []bool{false, true} {
		o := newSetup(Options{Log: 64 << 10, LogStep: 1, Beside: func(turn, bring func() error) { _ = andThen(turn(), bring) }})
		s, path := openNew(t, o)
		fillDisk(t, s.file)
		life := benchLife(1)
		mustCommit(t, s, life[0])
		if known {
			if _, err := s.Room(); !errors.Is(err, journal.ErrFailed) {
				t.Errorf("room: %v", err)
			}
		}
		for n := range 2 {
			if err := s.Close(); errors.Is(err, journal.ErrFailed) == (known || n > 0) {
				t.Errorf("close %d: %v; it is known: %v", n+1, err, known)
			}
		}
		s = mustOpen(t, plain, path)
		if _, err := s.Get(life[0].Task); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What pruning has done, and has found, is told by the next step of pruning, whatever was
// committed in between.
func TestPruningIsTold(t *testing.T) {
	s, first, second := openAhead(t), benchLife(1), benchLife(2)
	mustCommit(t, s, first[:]...)
	s.Meta() // has it in the tables
	n, damage, err := s.CommitAndPrune(second[:1], endedBefore(0, 0), 10)
	if n != 0 || damage != nil || err != nil {
		t.Fatalf("pruned %d, %v, %v", n, damage, err)
	}
	large := benchLife(3)[0]
	large.Payload = make([]byte, loggedOneMax+1)
	mustCommit(t, s, large)
	if n, damage, err := s.CommitAndPrune(nil, endedBefore(0, 0), 0); n != 1 || damage != nil || err != nil {
		t.Errorf("told that %d were pruned, %v, %v", n, damage, err)
	}
}

// What several commits to the log want forgotten adds up until it is done, by what the last of
// them says is to be kept; and the next commit tells of it, which goes to the log as well.
func TestPruningAddsUp(t *testing.T) {
	s, first, second, third := openAhead(t), benchLife(1), benchLife(2), benchLife(3)
	mustCommit(t, s, append(first[:], second[:]...)...)
	s.Meta() // has them in the tables
	for n, keep := range []uint64{10, 0} {
		if told, damage, err := s.CommitAndPrune(third[n:n+1], endedBefore(0, keep), 1); told != 0 || damage != nil || err != nil {
			t.Fatalf("pruned %d, %v, %v", told, damage, err)
		}
	}
	s.Meta()
	if told, damage, err := s.CommitAndPrune(third[2:3], endedBefore(0, 10), 1); told != 2 || damage != nil || err != nil {
		t.Errorf("told that %d were pruned, %v, %v", told, damage, err)
	}
}

// exportedOf is what a store has, as an export has it.
func exportedOf(t *testing.T, s *Store) (items []journal.Item) {
	t.Helper()
	err := s.Export(t.Context(), nil, func(i journal.Item) error { items = append(items, i); return nil }, func(p journal.Problem) { t.Error(p) })
	if err != nil {
		t.Fatal(err)
	}
	return items
}

// What the log alone has is not imported once more.
func TestImportOfWhatIsLogged(t *testing.T) {
	from, to, life := openAhead(t), openAhead(t), benchLife(2)
	mustCommit(t, from, life[0])
	mustCommit(t, to, life[0])
	if n, err := to.Import(exportedOf(t, from)); n != 0 || err != nil {
		t.Errorf("%d items are new, %v", n, err)
	}
}

// Who verifies a store in use looks also at what the log alone had.
func TestVerifyLooksAtTheLog(t *testing.T) {
	s, one, two := openAhead(t), benchLife(1), benchLife(2)
	mustCommit(t, s, append(one[:], two[:2]...)...)
	if checked, err := s.Verify(t.Context(), nil, nil); checked.Live != 1 || checked.Ended != 1 || err != nil {
		t.Errorf("looked at %+v, %v", checked, err)
	}
}

// A checkpoint that is in the tables is read without what the log has of its task.
func TestCheckpointOfDispatch(t *testing.T) {
	s, life := openAhead(t), benchLife(1)
	saved := journal.Record{Task: life[0].Task, Kind: journal.KindCheckpoint, Attempt: 1, Seq: 1, Payload: []byte("state")}
	mustCommit(t, s, life[0], life[1], saved)
	for range 2 {
		if got, err := s.Checkpoint(life[0].Task); string(got) != "state" || err != nil {
			t.Errorf("checkpoint %q, %v", got, err)
		}
		if n := s.ahead.now.n; n > 1 {
			t.Errorf("the log alone has %d records", n)
		}
		mustCommit(t, s, life[2])
	}
	if n := s.ahead.now.n; n != 2 {
		t.Errorf("the log alone has %d records, want both starts", n)
	}
}

// A checkpoint is read as the log has it, whatever came behind it: another step, or the end.
func TestCheckpointBeforeOthers(t *testing.T) {
	s, life := openAhead(t), benchLife(1)
	saved := journal.Record{Task: life[0].Task, Kind: journal.KindCheckpoint, Attempt: 1, Seq: 1, Payload: []byte("state")}
	mustCommit(t, s, life[:2]...)
	s.Meta() // has the task in the tables
	mustCommit(t, s, saved)
	mustCommit(t, s, life[2])
	if got, err := s.Checkpoint(life[0].Task); string(got) != "state" || err != nil {
		t.Errorf("checkpoint %q, %v", got, err)
	}
	mustCommit(t, s, life[3])
	if got, err := s.Checkpoint(life[0].Task); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("checkpoint %q, %v, of a task that has ended", got, err)
	}
}

// The log is settled beside commits before it is full, however few records there are, so that
// none of them waits then; and when there are many records. That is so time and again.
func TestSettledInTime(t *testing.T) {
	for _, c := range []struct {
		bytes     int64
		step, due int // so many records, after so many commits
	}{{64 << 10, settleRecords, 5}, {1 << 20, 12, 3}} {
		s, _ := openNew(t, newSetup(Options{Log: c.bytes}))
		s.ahead.step = c.step
		for round := range 3 {
			s.settling.Lock() // so that nothing is
			for n := 1; n <= 5; n++ {
				life := benchLife(5*round + n)
				mustCommit(t, s, life[:]...)
				if got, want := s.ahead.settles, n >= c.due; got != want {
					t.Errorf("round %d, after %d commits it is about to be settled: %v", round, n, got)
				}
			}
			s.settling.Unlock()
			s.Meta()
		}
	}
}

// What the log alone has needs room in the tables: nobody else is told of that.
func TestRoomForTheLog(t *testing.T) {
	o := logged(64 << 10)
	o.Reserve = 1 << 20
	s, _ := openNew(t, o)
	if r, err := s.Room(); r.Free <= 0 || r.Whole <= 0 || err != nil {
		t.Errorf("room %v, %v", r, err)
	}
	s.ahead.bytes = math.MaxInt64 / 2
	if r, err := s.Room(); r.Free != 0 || r.Whole != 0 || err != nil {
		t.Errorf("room %v, %v, with a log larger than the disk", r, err)
	}
}
