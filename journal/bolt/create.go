package bolt

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"go.etcd.io/bbolt"

	"bcp/migrations"
)

// create makes an empty journal at path unless there is a file already. It has
// its name only when it is whole and synced; of two that create it at a time,
// one wins and both then find the same file.
func create(path string, schema uint32, broker [16]byte, disk Disk) error {
	if err := checkFree(path, nil); err != nil {
		return err
	}
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, filepath.Base(path)+".new-*")
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		_, cause := fileError(err)
		return fmt.Errorf("in folder %s nothing can be made: %w", folder, cause)
	}
	if err != nil {
		return err
	}
	fresh := f.Name()
	err = errors.Join(f.Close(), fill(fresh, schema, broker, disk))
	if err == nil {
		// A rename would replace the file of one who was faster; a link does not.
		err = os.Link(fresh, path)
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	if err := errors.Join(err, os.Remove(fresh)); err != nil {
		return err
	}
	return disk.SyncFolder(folder) // an opening does so, too, but forgives it a folder that can't be read
}

// fill makes the layout in an empty file. bbolt syncs it.
func fill(path string, schema uint32, broker [16]byte, disk Disk) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return err
	}
	return errors.Join(
		transact(db, path, disk, func(tx *bbolt.Tx) error { return layOut(tx, schema, broker) }),
		db.Close())
}

func layOut(tx *bbolt.Tx, schema uint32, broker [16]byte) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	if broker == [16]byte{} {
		rand.Read(broker[:]) // never fails
	}
	meta := tx.Bucket(bucketMeta)
	return errors.Join(
		meta.Put(keyFormat, []byte(format)),
		meta.Put(keyBroker, broker[:]),
		migrations.SetSchema(tx, schema),
		counters{}.write(tx),
		new(migrations.Sums).Write(tx, schema))
}
