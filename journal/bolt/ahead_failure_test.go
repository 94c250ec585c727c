package bolt

import (
	"context"
	"os"
	"path/filepath"
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
	s := mustOpen(t, o, filepath.Join(t.TempDir(), "bcp.db"))
	defer s.Close()
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
	_, err := s.Compact(context.Background(), alone, func(journal.Problem) {}, nil, nil)
	return err
}
