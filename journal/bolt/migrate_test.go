package bolt

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/migrations"
)

var current = migrations.Journal.Current()

// A file that a broker of schema 1 has left behind is migrated when it is opened:
// what was in it is there, and there is room for what is new.
func TestOpenSchema1(t *testing.T) {
	path := unpack(t, "testdata/schema1.db.gz")
	if _, err := OpenReadOnly(path, Options{}); err == nil {
		t.Error("read-only opening of schema 1 returned nil")
	}
	s := mustOpen(t, plain, path)
	defer s.Close()
	if meta := s.Meta(); meta.Schema != current || meta.Ended != 1 || meta.Last != benchID(2) {
		t.Errorf("meta after migration: %+v", meta)
	}
	for i, want := range []journal.State{journal.Running, journal.Done} {
		if e, err := s.Get(benchID(1 + i)); err != nil || e.Task.State != want {
			t.Errorf("task %d: %v, %v; want %s", 1+i, e.Task.State, err, want)
		}
	}
	set := journal.Record{Kind: journal.KindSetting, Setting: &journal.Setting{Name: "a", Value: "b"}}
	if err := s.Commit([]journal.Record{set}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(migrations.BackupPath(path, 1)); err != nil {
		t.Error(err)
	}
}

// A broker of schema 2 was killed with one task running, three pending, and twelve that had
// ended. It is migrated when it is opened, with a backup that is of schema 2 beside it; a
// program of schema 2 refuses it from then on, for it would miss what is in the log alone.
func TestOpenSchema2(t *testing.T) {
	path := unpack(t, "testdata/schema2.db.gz")
	if _, err := OpenReadOnly(path, Options{}); err == nil {
		t.Error("read-only opening of schema 2 returned nil")
	}
	s := mustOpen(t, newSetup(Options{Log: 64 << 10, LogStep: 1000}), path)
	checkSchema2(t, s)
	setting := journal.Record{Kind: journal.KindSetting, Time: 1, Setting: &journal.Setting{Name: "a", Value: "b"}}
	if err := s.Commit([]journal.Record{setting}); err != nil || s.ahead == nil || s.ahead.now.n != 1 {
		t.Errorf("commit to the log: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkFile(t, path)
	old := newSetup(Options{})
	old.migrations = migrations.Journal[:1]
	if _, err := old.open(path); !errors.Is(err, journal.ErrNewer) {
		t.Errorf("opening by a program of schema 2: %v", err)
	}
	again := mustOpen(t, plain, migrations.BackupPath(path, 2))
	defer again.Close()
	checkSchema2(t, again)
}

func checkSchema2(t *testing.T, s *Store) {
	t.Helper()
	states := map[journal.State]int{}
	_, err := s.Scan(journal.Range{Live: true, Ended: true}, func(e journal.Entry) error {
		states[e.Task.State]++
		return nil
	})
	want := map[journal.State]int{journal.Running: 1, journal.Pending: 3, journal.Done: 12}
	if meta := s.Meta(); err != nil || !maps.Equal(states, want) || meta.Schema != current || meta.Ended != 12 {
		t.Errorf("tasks by state: %v, %v; meta: %+v", states, err, meta)
	}
}

// unpack returns the path of a copy of a file that is kept compressed.
func unpack(t *testing.T, kept string) string {
	t.Helper()
	f, err := os.Open(kept)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bcp.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A journal of an older schema is migrated when it is opened for writing: its
// tasks are there, and a backup that the older program can open. A program
// without that step refuses the new file.
func TestOpenMigrates(t *testing.T) {
	path := newFile(t)
	newer := newerSetup()
	if _, err := newer.openReadOnly(path); err == nil {
		t.Error("read-only opening of an older schema returned nil")
	}
	s := mustOpen(t, newer, path)
	if meta := s.Meta(); meta.Schema != current+1 || meta.Epoch != 2 || meta.Ended != 1 {
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
	old := mustOpen(t, plain, migrations.BackupPath(path, current))
	defer old.Close()
	if meta := old.Meta(); meta.Schema != current || meta.Epoch != 2 || meta.Ended != 1 {
		t.Errorf("meta of the backup: %+v", meta)
	}
}

// The backup of a migration has its large payloads, also when the migrated journal has let
// go of them.
func TestMigrationBackupHasPayloads(t *testing.T) {
	path, _ := newBlobFile(t)
	newer := newerSetup()
	s, life := mustOpen(t, newer, path), benchLife(1)
	mustCommit(t, s, life[1:]...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left := blobFiles(t, path); len(left) > 0 {
		t.Fatalf("the journal has %d payloads left", len(left))
	}
	restored := filepath.Join(t.TempDir(), "bcp.db")
	found := func(p journal.Problem) { t.Error(p) }
	if _, err := Restore(context.Background(), migrations.BackupPath(path, current), restored, RestoreOptions{Found: found}); err != nil {
		t.Fatal(err)
	}
	old := mustOpen(t, plain, restored)
	defer old.Close()
	if body, err := old.Body(benchID(1)); err != nil || !bytes.Equal(body, blobPayload(1)) {
		t.Errorf("%d bytes of body, %v", len(body), err)
	}
}

// What a crash has left in the log is brought into what a later migration makes of the tables,
// and is in the backup as well. A migration that moves the log is found at once.
func TestMigrateBesideALog(t *testing.T) {
	t.Parallel()
	const batches = 4
	path := leftInLog(t, batches)
	moved := copyCrashed(t, path)
	rows := 0
	newer := withStep(func(tx *bbolt.Tx) error {
		rows = tx.Bucket(bucketState).Stats().KeyN + tx.Bucket(bucketDone).Stats().KeyN
		return addBucket(tx)
	})
	s := mustOpen(t, newer, path)
	checkBatches(t, s, batches)
	if meta := s.Meta(); rows != (batches-2)*tasksPerBatch || meta.Schema != current+1 {
		t.Errorf("the migration has seen %d tasks; meta: %+v", rows, meta)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkFile(t, path)
	old := mustOpen(t, plain, migrations.BackupPath(path, current))
	defer old.Close()
	checkBatches(t, old, batches)
	moving := withStep(func(tx *bbolt.Tx) error {
		log := tx.Bucket(bucketLog)
		return log.Put(keyRegion, bytes.Clone(log.Get(keyRegion)))
	})
	if _, err := moving.open(moved); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("opening after a migration that moves the log: %v", err)
	}
}

// A new journal is of the current schema at once, without a backup.
func TestCreateCurrent(t *testing.T) {
	newer := withStep(func(*bbolt.Tx) error {
		return errors.New("a new journal must not be migrated")
	})
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, newer, path)
	defer s.Close()
	if got := s.Meta().Schema; got != current+1 {
		t.Errorf("schema %d, want %d", got, current+1)
	}
	if _, err := os.Stat(migrations.BackupPath(path, current)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("backup of a new journal: %v", err)
	}
}
