package bolt

import (
	"errors"
	"os"
	"syscall"
)

// What root makes of a broker's journal, or beside it, is to be the broker's: it couldn't open it
// otherwise.

// owner is whose a file is to be; nil for who makes it.
type owner struct{ uid, gid int }

// ownerOf returns whose a file is, nil if it isn't there.
func ownerOf(path string) *owner {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return ownerIn(info)
}

func ownerIn(info os.FileInfo) *owner {
	of, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return &owner{int(of.Uid), int(of.Gid)}
}

// give gives a file to the owner.
func (o *owner) give(f *os.File) error {
	if o == nil {
		return nil
	}
	return f.Chown(o.uid, o.gid)
}

// makeFolder makes a folder that is the owner's. One that can't be given to the owner is removed
// again, because the owner could write nothing into it.
func (o *owner) makeFolder(path string) error {
	err := os.Mkdir(path, 0o700)
	if err != nil || o == nil {
		return err
	}
	if err = os.Lchown(path, o.uid, o.gid); err != nil {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// owns tells whether a file is the owner's.
func (o *owner) owns(info os.FileInfo) bool {
	of := ownerIn(info)
	return o == nil || of != nil && *of == *o
}

// sameOwner has a file belong to whom the one at path belongs, and be open to the same.
func sameOwner(path string, f *os.File) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return andThen(f.Chmod(info.Mode().Perm()), func() error { return ownerIn(info).give(f) })
}
