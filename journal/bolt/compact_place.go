package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/migrations"
)

// copySuffix names the copy of a journal that is being compacted. Users have files of their own
// beside a journal, but none with .new- in its name: what a command leaves that was killed has that.
const copySuffix = ".new-compact"

// oldCopySuffix named it in older builds.
const oldCopySuffix = ".compact"

// settlePlace removes what a compaction has left that was killed. And it has the journal's name be
// durable: who gave it that, a compaction as well, may have been killed before it was. Until
// then a power failure may bring back another file, which needs what this one doesn't. The journal at
// path is locked against others.
func settlePlace(path string, disk Disk) error {
	place, err := filepath.EvalSymlinks(path)
	err = andThen(err, func() error { return removeIfThere(place + copySuffix) })
	if err != nil {
		return err
	}
	if err = disk.SyncFolder(filepath.Dir(place)); errors.Is(err, fs.ErrPermission) {
		return nil // the folder can't be read, and so not be synced
	}
	return err
}

// begin makes the copy's file, if there is room, and has commits tell from now on what
// they touch.
func (c *compaction) begin() (err error) {
	if c.place, err = filepath.EvalSymlinks(c.store.path); err != nil {
		return err
	}
	err = c.alone(func() error {
		used, free, err := c.store.Pages()
		c.done.Total, c.compacted.Before = used-free, used
		return err
	})
	if err != nil {
		return err
	}
	if err := c.checkRoom(c.done.Total + c.done.Total/8 + c.store.reserve); err != nil {
		return err
	}
	if c.to, err = openCopy(c.place+copySuffix, c.done.Total); err != nil {
		return err
	}
	c.follows = new(touched)
	// From now on nobody else compacts it. Another compaction may have been faster.
	err = andThen(c.makeLog(), func() error { return inPlace(c.place, c.store.file) }, func() error { return sameOwner(c.place, c.to.file) }, func() error {
		return c.alone(func() error { c.store.follower.Store(c.follows); return nil })
	})
	if err != nil {
		c.discard()
	}
	return err
}

// makeLog makes the copy's log, if it needs one.
func (c *compaction) makeLog() error {
	return transact(c.to.db, c.place+copySuffix, c.store.blobs.disk, func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket(bucketLog)
		if err != nil || c.store.ahead == nil {
			return err
		}
		return makeRegion(tx, c.store.ahead.bytes)
	})
}

// openCopy makes the file of a copy that is to have so many bytes, as a broker opens one, but
// that nothing is synced yet. It is locked, and so is one that somebody else makes.
func openCopy(path string, bytes int64) (*files, error) {
	o := newSetup(Options{})
	o.openFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		if err != nil {
			return nil, err
		}
		if err := claimCopy(path, f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	}
	f := new(files)
	var err error
	if f.db, err = bbolt.Open(path, 0o600, o.bbolt(false, bytes, &f.file)); err != nil {
		return nil, err
	}
	f.db.NoSync, f.db.NoFreelistSync, f.pageSize = true, true, f.db.Info().PageSize
	if f.image, err = os.Open(path); err != nil {
		return nil, errors.Join(err, f.db.Close())
	}
	if err = f.openLog(path); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// claimCopy locks the file of a copy, and empties it. It may be another compaction's, and
// have become a journal before it was locked.
func claimCopy(path string, f *os.File) error {
	err := lockForChange(f)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errCompacting(path)
	}
	return andThen(err, func() error { return inPlace(path, f) }, func() error { return f.Truncate(0) })
}

// errNoRoom tells that a disk is too full for a compaction.
var errNoRoom = errors.New("there is no room")

// roomLeft is what a compaction leaves on the disk at least.
const roomLeft = 16 << 20

// checkRoom tells whether the disk has so many bytes, and some more. Where that can't be
// seen a write tells.
func (c *compaction) checkRoom(bytes int64) error {
	d, err := lookAtDisk(c.store.file)
	if err == nil && d.free < bytes+roomLeft {
		return fmt.Errorf("%w: the copy needs %s on the disk of the journal until it takes its place, and that has %s",
			errNoRoom, journal.SizeText(bytes+roomLeft), journal.SizeText(d.free))
	}
	return nil
}

// reserve sets aside in the copy what the journal has as a reserve, so that no time is
// without.
func (c *compaction) reserve() error {
	if err := c.checkRoom(c.store.reserve); err != nil || c.store.reserve == 0 {
		return err
	}
	return c.to.read(func(tx *bbolt.Tx) error {
		_ = c.to.setAside(tx.Size(), c.store.reserve)
		return nil
	})
}

// takePlace takes the last turn, and puts the copy in the place of the journal's file.
// No commit is under way.
func (c *compaction) takePlace() error {
	s := c.store
	if err := s.failure(); err != nil {
		return err
	}
	if err := c.turn(); err != nil {
		return err
	}
	c.to.db.NoSync, c.to.db.NoFreelistSync = false, false
	if err := andThen(c.turn(), c.checkSums); err != nil { // has nothing to do but to be synced
		return err
	}
	used, _, err := c.to.Pages()
	if c.compacted.After = used; err != nil {
		return err
	}
	s.passed("followed")
	if err := os.Rename(c.place+copySuffix, c.place); err != nil {
		return err
	}
	s.passed("renamed")
	s.follower.Store(nil)
	if err := s.blobs.disk.SyncFolder(filepath.Dir(c.place)); err != nil {
		s.fail(err) // nobody knows which file a restart would find
		return err
	}
	s.replace(c.to)
	c.placed = true
	if err := s.moveLog(); err != nil {
		s.fail(err)
		return err
	}
	s.passed("replaced")
	return nil
}

// checkSums tells whether the copy has what the journal has, as of the last commit.
func (c *compaction) checkSums() error {
	return c.to.read(func(tx *bbolt.Tx) error {
		kept, err := migrations.ReadSums(tx)
		if err != nil {
			return err
		}
		return differ(&c.sums, &kept)
	})
}

// discard ends a compaction that came to nothing.
func (c *compaction) discard() {
	c.store.follower.Store(nil)
	_ = os.Remove(c.place + copySuffix) // while it is locked: then it is ours, if it is there
	_ = c.to.close()
}
