package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/migrations"
)

// A journal of an older schema is migrated when it is opened for writing: its
// tasks are there, and a backup that the older program can open. A program
// without that step refuses the new file.
func TestOpenMigrates(t *testing.T) {
	path := newFile(t)
	newer := newSetup(Options{})
	newer.migrations = append(newer.migrations, migrations.Step{Name: "add a bucket", Apply: func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("more"))
		return err
	}})
	if _, err := newer.openReadOnly(path); err == nil {
		t.Error("read-only opening of an older schema returned nil")
	}
	s := mustOpen(t, newer, path)
	if meta := s.Meta(); meta.Schema != 2 || meta.Epoch != 2 || meta.Ended != 1 {
		t.Errorf("meta after migration: %+v", meta)
	}
	if _, err := s.Body(benchID(1)); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkFile(t, path)
	if _, err := Open(path, Options{}); !errors.Is(err, journal.ErrNewer) {
		t.Errorf("opening by the older program: %v", err)
	}
	old := mustOpen(t, plain, migrations.BackupPath(path, 1))
	defer old.Close()
	if meta := old.Meta(); meta.Schema != 1 || meta.Epoch != 2 || meta.Ended != 1 {
		t.Errorf("meta of the backup: %+v", meta)
	}
}

// A new journal is of the current schema at once, without a backup.
func TestCreateCurrent(t *testing.T) {
	newer := newSetup(Options{})
	newer.migrations = append(newer.migrations, migrations.Step{Name: "never", Apply: func(*bbolt.Tx) error {
		return errors.New("a new journal must not be migrated")
	}})
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, newer, path)
	defer s.Close()
	if got := s.Meta().Schema; got != 2 {
		t.Errorf("schema %d, want 2", got)
	}
	if _, err := os.Stat(migrations.BackupPath(path, 1)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("backup of a new journal: %v", err)
	}
}
