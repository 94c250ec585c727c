package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// A backup of an older schema, as a migration makes one, is restored as it is: a broker of
// that schema can go on with it, and one of the current schema migrates it when it starts.
// What it is like is seen by what the migration makes of it, in a copy that is removed then.

// backUp makes the backup of a migration: a copy of the file, with its log and all its large
// payloads, for the journal lets go of these afterwards. The copy is made first. As long as the
// payloads have their names and the backup has not, what a migration leaves that is killed is taken
// for a journal that was lost, when an older broker has let go of them meanwhile.
func (s *Store) backUp(path string) error {
	fresh, err := createAnew(path + ".new-copy")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, withoutName(path, err))
	}
	c := &copying{
		ctx: context.Background(), disk: s.blobs.disk, path: path, replaces: true,
		owner: s.blobs.owner, fresh: fresh, folder: BlobFolder(path),
	}
	return c.finish(andThen(c.owner.give(fresh),
		func() error {
			return s.read(func(tx *bbolt.Tx) error { return c.run(tx.WriteTo, c.folder, nil) })
		},
		func() error { return c.takeAll(s.blobs.folder) }))
}

// createAnew makes an empty file in the place of one that may be there, of a migration that was
// killed: who has the journal open is alone, and another name each time would fill the disk.
func createAnew(path string) (*os.File, error) {
	if err := removeIfThere(path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
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
	none := func(string) error { return nil }
	s, err := o.start(path, false, func(s *Store) error { return o.migrations.Run(s.db, s.transact, none) })
	if err != nil {
		return err
	}
	return s.Close()
}
