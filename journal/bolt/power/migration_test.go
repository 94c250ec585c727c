package power_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal/bolt/power"
	"bcp/migrations"
)

const (
	// older is the schema before there was a log.
	older = 2

	migrationLives = 120
	migrationSyncs = 15 // more than one has
)

// TestMigrations: wherever the power is cut while a journal is migrated, nothing of it is missing, and
// there is a whole backup of a journal that is changed.
func TestMigrations(t *testing.T) {
	cuts := 0
	for seed := range uint64(migrationLives) {
		cut, err := migrate(t, seed, power.Lies{})
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if cut {
			cuts++
		}
	}
	if cuts == 0 || cuts == migrationLives {
		t.Errorf("it is cut %d times", cuts)
	}
}

// TestMigrationsOnALie: a disk that doesn't do what it says is found out.
func TestMigrationsOnALie(t *testing.T) {
	for name, lies := range map[string]power.Lies{"files": {Files: true}, "folders": {Folders: true}} {
		found := false
		for seed := uint64(0); seed < migrationLives && !found; seed++ {
			_, err := migrate(t, seed, lies)
			found = err != nil
		}
		if !found {
			t.Errorf("%s: not found in %d migrations", name, migrationLives)
		}
	}
}

// migrate lets the power be cut in a migration, or behind it, and tells what is wrong then.
func migrate(t *testing.T, seed uint64, lies power.Lies) (cut bool, err error) {
	t.Helper()
	s := newShop(t, seed)
	defer s.remove()
	if err := s.beOlder(); err != nil {
		t.Fatal(err)
	}
	s.disk.Lies = lies
	s.disk.Arm(int(seed % migrationSyncs))
	if err := s.is(s.path, nothing); err != nil {
		t.Fatal(err)
	}
	cut = s.disk.IsCut()
	s.disk.Cut()
	if err := s.disk.Restore(); err != nil {
		t.Fatal(err)
	}
	s.disk.Lies = power.Lies{}
	return cut, s.checkMigrated()
}

// beOlder makes a journal of the older schema.
func (s *shop) beOlder() error {
	err := s.open()
	for err == nil && s.count < 8 {
		err = s.add()
	}
	if err := errors.Join(err, s.store.Close()); err != nil {
		return err
	}
	db, err := bbolt.Open(s.path, 0, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		sums, err := migrations.ReadSums(tx)
		return errors.Join(err, tx.DeleteBucket([]byte(migrations.Log)), migrations.SetSchema(tx, older), sums.Write(tx, older))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	s.disk.Transacted(s.path, true)
	return s.disk.SyncFolder(filepath.Dir(s.path))
}

// checkMigrated looks for all that has to be there, in the backup as well.
func (s *shop) checkMigrated() error {
	schema, err := schemaOf(s.path)
	if err != nil {
		return err
	}
	if err := s.is(s.path, nothing); err != nil {
		return fmt.Errorf("of schema %d: %w", schema, err)
	}
	backup := migrations.BackupPath(s.path, older)
	if schema == older {
		return nil // which has made another one now
	}
	if found, err := schemaOf(backup); err != nil || found != older {
		return fmt.Errorf("the backup is of schema %d: %w", found, err)
	}
	if err := s.is(backup, nothing); err != nil {
		return fmt.Errorf("the backup: %w", err)
	}
	return nil
}

func schemaOf(path string) (schema uint32, err error) {
	if _, err := os.Stat(path); err != nil {
		return 0, err
	}
	db, err := bbolt.Open(path, 0, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	err = db.View(func(tx *bbolt.Tx) error {
		schema, err = migrations.Schema(tx)
		return err
	})
	return schema, errors.Join(err, db.Close())
}
