package migrations

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// BackupPath returns the path of the backup that is made of the file at path before it is
// migrated from a schema.
func BackupPath(path string, schema uint32) string {
	return fmt.Sprintf("%s.schema-%d.bak", path, schema)
}

// backup copies the file of db. The copy has its name only when it is whole
// and synced. One of that name from before is replaced: the file is still of
// that schema, so what it holds now is the newer of the two. So is what one has
// left that was killed: who has db open is alone.
func backup(db *bbolt.DB, path string) error {
	copied, err := createAnew(path + ".new-copy")
	if err != nil {
		return err
	}
	err = errors.Join(fill(db, copied), copied.Close())
	if err == nil {
		err = os.Rename(copied.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(copied.Name()))
	}
	return SyncFolder(filepath.Dir(path))
}

// createAnew makes an empty file in the place of one that may be there.
func createAnew(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

func fill(db *bbolt.DB, f *os.File) error {
	err := db.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(f)
		return err
	})
	if err != nil {
		return err
	}
	return f.Sync()
}

// SyncFolder makes the names of the files in a folder durable. Until then a file that was made
// or renamed can be missing after a power failure.
func SyncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
