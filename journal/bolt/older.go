package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/migrations"
)

// A backup of an older schema, as a migration makes one, is restored as it is: a broker of
// that schema can go on with it, and one of the current schema migrates it when it starts.
// What it is like is seen by what the migration makes of it, in a copy that is removed then.

// keepPayloads gives the large payloads names beside the backup that a migration is about to
// make, if one is: the journal lets go of them then, and the backup refers to them.
func (s *Store) keepPayloads(set migrations.Set) error {
	var schema uint32
	err := s.read(func(tx *bbolt.Tx) (err error) {
		schema, err = migrations.Schema(tx)
		return err
	})
	err = andThen(err, func() error { return checkCurrent(set, schema) })
	if older := (*olderError)(nil); !errors.As(err, &older) {
		return err
	}
	return linkBlobs(s.blobs.disk, s.blobs.folder, migrations.BackupPath(s.path, schema))
}

// olderError tells that a file can't be read without a migration.
type olderError struct{ schema, current uint32 }

func (e *olderError) Error() string {
	return fmt.Sprintf("it is of schema %d, this program's is %d: start a broker on it once to migrate it; a backup is restored as it is", e.schema, e.current)
}

// fileOrOlder is file also for a journal of an older schema, of which a copy is made beside
// the path at.
func (v *verifier) fileOrOlder(path, folder, at string) error {
	err := v.file(path, folder, Options{})
	var older *olderError
	switch {
	case !errors.As(err, &older):
		return err
	case v.checked.Problems > 0:
		return nil // with these it is not migrated
	}
	defer v.tellAll()
	migrated, err := migratedBeside(path, at)
	switch {
	case errors.Is(err, journal.ErrCorrupt):
		v.damagedFile(err)
		return nil
	case err != nil:
		return fmt.Errorf("migrate a copy of %s: %w", path, withoutName(at, err))
	}
	err = v.file(migrated, folder, Options{})
	v.note(fileProblem, "it is of schema %d: the next start of a broker migrates it to schema %d", older.schema, older.current)
	return errors.Join(err, os.RemoveAll(filepath.Dir(migrated)))
}

// migratedBeside makes a copy of a file, in a folder of its own beside the path at, and
// migrates it.
func migratedBeside(path, at string) (migrated string, err error) {
	made, err := os.MkdirTemp(filepath.Dir(at), filepath.Base(at)+".new-*")
	if err != nil {
		return "", err
	}
	migrated = filepath.Join(made, filepath.Base(path))
	err = andThen(copyFile(systemDisk{}, path, migrated, nil), func() error { return newSetup(Options{}).migrateCopy(migrated) })
	if err != nil {
		err = errors.Join(err, os.RemoveAll(made))
	}
	return migrated, err
}

// migrateCopy migrates a file of which there is another one.
func (o setup) migrateCopy(path string) error {
	s, err := o.start(path, false, func(s *Store) error { return o.migrations.RunOnCopy(s.db, s.transact) })
	if err != nil {
		return err
	}
	return s.Close()
}
