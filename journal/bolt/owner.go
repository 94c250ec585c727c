package bolt

import (
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

// giveFolder is give for a folder that was made.
func (o *owner) giveFolder(path string) error {
	if o == nil {
		return nil
	}
	return os.Lchown(path, o.uid, o.gid)
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
