package bolt

import (
	"errors"
	"os"

	"go.etcd.io/bbolt"
)

// Disk makes durable what a Store writes. A simulation has a Disk of its own, and so knows
// what a power failure may take away. The engine, bbolt, writes its pages by itself, and the
// Disk is only told of its transactions.
type Disk interface {
	// WriteAt writes into a file, but not for the engine. The bytes are durable when the file
	// is synced.
	WriteAt(f *os.File, content []byte, at int64) (int, error)

	// Sync makes the bytes and the size of a file durable.
	Sync(*os.File) error

	// SyncFolder makes the names of the files in a folder durable. Until then a file that was
	// made or renamed can be missing after a power failure.
	SyncFolder(path string) error

	// Transacts is called before the engine writes a transaction into the file at path, so
	// that a simulation can have something else happen just then.
	Transacts(path string)

	// Transacted is called after the engine has committed a transaction in the file at path.
	// Synced says that the transaction is durable: the engine has synced first its pages, and
	// then the meta page that makes them valid.
	Transacted(path string, synced bool)
}

// systemDisk is that of the operating system.
type systemDisk struct{}

func (systemDisk) WriteAt(f *os.File, content []byte, at int64) (int, error) {
	return f.WriteAt(content, at)
}
func (systemDisk) Sync(f *os.File) error   { return syncData(f) }
func (systemDisk) Transacts(string)        {}
func (systemDisk) Transacted(string, bool) {}

func (systemDisk) SyncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// onDisk is a file that is written and made durable by a Disk.
type onDisk struct {
	*os.File
	disk Disk
}

func (f onDisk) WriteAt(content []byte, at int64) (int, error) {
	return f.disk.WriteAt(f.File, content, at)
}

func (f onDisk) Sync() error { return f.disk.Sync(f.File) }

// transact runs fn in a write transaction of the file at path, which is durable when this
// returns nil, unless the engine was told not to sync. After a panic as well it lets go of the
// transaction, without the look at the file that the engine's own end of one takes: a disk that
// doesn't deliver it would panic again, and whoever closes the file wait for ever.
func transact(db *bbolt.DB, path string, disk Disk, fn func(*bbolt.Tx) error) error {
	err := guarded(func() error {
		tx, err := db.Begin(true)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // of no effect after a commit
		return readable(tx, func() error {
			if err := fn(tx); err != nil {
				return err
			}
			disk.Transacts(path)
			return tx.Commit()
		})
	})
	if err == nil {
		disk.Transacted(path, !db.NoSync)
	}
	return err
}
