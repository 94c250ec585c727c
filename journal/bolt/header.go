package bolt

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	berrors "go.etcd.io/bbolt/errors"

	"bcp/journal"
	"bcp/journal/bolt/tree"
)

// lockPoll is how often to look whether the holder of a file has let go of it.
const lockPoll = 20 * time.Millisecond

// examine refuses what bbolt cannot open safely, for it maps the file into memory and
// trusts it: ErrForeign for what is no journal, ErrCorrupt for one that is damaged or
// cut off. It has the file locked meanwhile, as a reader. What it returns is open for
// reading, and no longer locked.
func examine(path string, patience time.Duration) (f *os.File, i *image, err error) {
	f, err = openRegular(path)
	if err != nil {
		return nil, nil, err
	}
	err = lockShared(f, patience)
	if err == nil {
		i, err = inspectFile(f)
		err = errors.Join(err, syscall.Flock(int(f.Fd()), syscall.LOCK_UN))
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, i, nil
}

// openRegular opens a file for reading, and refuses what can be no journal at first sight: who
// opens a pipe would wait for somebody at its other end.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%w: it is a folder", journal.ErrForeign)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: it is no regular file", journal.ErrForeign)
	}
	return os.Open(path)
}

// lockShared waits until no broker has the file; bbolt's own error tells that one
// still has.
func lockShared(f *os.File, patience time.Duration) error { return lock(f, syscall.LOCK_SH, patience) }

func lock(f *os.File, how int, patience time.Duration) error {
	for end := time.Now().Add(patience); ; time.Sleep(lockPoll) {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if time.Now().After(end) {
			return berrors.ErrTimeout
		}
	}
}

// pageFile is a file whose pages are read without bbolt.
type pageFile struct{ *os.File }

// errEmpty tells of a file in which there is nothing.
var errEmpty = fmt.Errorf("%w: it is empty; remove it to begin a new one", journal.ErrForeign)

// openTree reads what the file is of. The file may be of use beside the error.
func openTree(f *os.File) (*tree.File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return nil, emptyError(f.Name())
	}
	t, err := tree.Open(pageFile{f}, info.Size())
	return t, damage(err)
}

// damage gives an error of a tree the journal's name for it.
func damage(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, tree.ErrDamaged):
		return fmt.Errorf("%w: %w", journal.ErrCorrupt, err)
	case errors.Is(err, tree.ErrForeign):
		return journal.ErrForeign
	}
	return err
}
