package bolt

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"bcp/journal"
)

// Who is told how far a backup is, and doesn't come back, holds no transaction: the
// journal can be closed meanwhile, which waits for each.
func TestBackupToldSlowly(t *testing.T) {
	s := mustOpen(t, plain, rotJournal(t))
	told, goOn, done := make(chan struct{}, 1), make(chan struct{}), make(chan error, 1)
	to := filepath.Join(t.TempDir(), "copy.db")
	go func() {
		done <- s.Backup(context.Background(), to, func(journal.Copied) {
			select {
			case told <- struct{}{}:
			default:
			}
			<-goOn
		})
	}()
	<-told
	err := s.Close()
	close(goOn)
	if err := errors.Join(err, <-done); err != nil {
		t.Error(err)
	}
	checkWhole(t, to)
}

// What a verification or an export of a journal in use finds is told outside of its
// transactions.
func TestToldOutside(t *testing.T) {
	path := rotJournal(t)
	s := mustOpen(t, plain, path)
	defer s.Close()
	spoilInUse(t, s)
	calls := 0
	outside := func() {
		calls++
		if n := s.db.Stats().OpenTxN; n > 0 {
			t.Errorf("call %d: %d transactions are open", calls, n)
		}
	}
	found := func(journal.Problem) { outside() }
	checked, err := s.Verify(context.Background(), found, func(journal.Checked) { outside() })
	if err != nil || checked.Problems == 0 {
		t.Errorf("verify: %+v, %v", checked, err)
	}
	before := calls
	err = s.Export(context.Background(), nil, func(journal.Item) error { outside(); return nil }, found)
	if err != nil || calls == before {
		t.Errorf("export: %d calls, %v", calls-before, err)
	}
}

// spoilInUse has rows of a journal in use be damaged.
func spoilInUse(t *testing.T, s *Store) {
	t.Helper()
	err := errors.Join(
		s.db.Update(flipValue(bucketDone, benchID(58))),
		s.db.Update(flipValue(bucketState, benchID(4))))
	if err != nil {
		t.Fatal(err)
	}
}

// A large payload that nothing refers to any more goes while a verification or an export is told of:
// who reads slowly, or for long, keeps none of them.
func TestPayloadsGoMeanwhile(t *testing.T) {
	for how, run := range map[string]func(s *Store, told func()) error{
		"export": func(s *Store, told func()) error {
			return s.Export(t.Context(), nil, func(journal.Item) error { told(); return nil }, func(p journal.Problem) { t.Error(p) })
		},
		"verify": func(s *Store, told func()) error {
			_, err := s.Verify(t.Context(), func(p journal.Problem) { t.Error(p) }, func(journal.Checked) { told() })
			return err
		},
	} {
		path, blob := newBlobFile(t)
		s := mustOpen(t, plain, path)
		ended := false
		err := run(s, func() {
			if ended {
				return
			}
			ended = true
			life := benchLife(1)
			mustCommit(t, s, life[1:]...)
			s.blobs.removing.Wait()
			if _, err := os.Stat(blob); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: the payload of a task that has ended is there: %v", how, err)
			}
		})
		if err := errors.Join(err, s.Close()); err != nil || !ended {
			t.Errorf("%s: told %v, %v", how, ended, err)
		}
	}
}
