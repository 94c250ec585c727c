package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bcp/journal"
)

// A journal whose file is cut off under it takes nothing more: who opens it next could not read
// that. So it is where somebody asks what room there is, and where the first to come is a commit.
func TestCutInUse(t *testing.T) {
	for name, options := range map[string]setup{"tables": plain, "log": logged(LogBytes)} {
		for first, do := range map[string]func(*Store) error{
			"room":   func(s *Store) error { return errOf(s.Room()) },
			"commit": func(s *Store) error { return s.Commit([]journal.Record{benchLife(2)[0]}) },
		} {
			path := filepath.Join(t.TempDir(), "bcp.db")
			s := mustOpen(t, options, path)
			life := benchLife(1)
			mustCommit(t, s, life[:]...)
			if err := s.settle(); err != nil {
				t.Fatal(err)
			}
			const left = 6 << 12
			if err := os.Truncate(path, left); err != nil {
				t.Fatal(err)
			}
			if err := do(s); !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), "its file was cut off: 24576 of ") {
				t.Errorf("%s, %s: %v", name, first, err)
			}
			if err := s.Commit([]journal.Record{benchLife(3)[0]}); !errors.Is(err, journal.ErrFailed) {
				t.Errorf("%s, a commit behind that: %v", name, err)
			}
			s.Close()
			if info, err := os.Stat(path); err != nil || info.Size() != left {
				t.Errorf("%s, %s: it was written to: %v, %v", name, first, info.Size(), err)
			}
		}
	}
}
