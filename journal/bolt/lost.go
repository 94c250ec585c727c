package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"bcp/journal"
)

// The file of a journal may be lost, or moved, without the folder of its large payloads. A
// new journal in its place refers to none of them, so its first opening would remove what
// who finds the file still needs. None is made there.
//
// What a copy of an older build has left that was broken off looks the same, once what it was
// a copy of has let go of its payloads: then the folder is to be moved away as well. Payloads
// of today's have names in a folder of their own until the journal has its name.

// checkLost refuses to have a journal made at path where a lost one has left payloads, but
// for those that the new one has. Who is faster in making one has lost nothing.
func checkLost(path string, but []journal.ID) error {
	n, err := countLost(path, but)
	if err != nil || n == 0 {
		return err
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("%s has %s of a journal whose file was lost or moved, or of a copy that was broken off: put that file back, or move the folder away and try again",
		BlobFolder(path), payloadsText(n))
}

// checkFree refuses to have a journal made where there is no file, for what checkLost tells, or
// for a link that leads nowhere.
func checkFree(path string, but []journal.ID) error {
	if err := checkLost(path, but); err != nil {
		return err
	}
	if to, err := os.Readlink(path); err == nil {
		return fmt.Errorf("it is a link to %s, which is not there", to)
	}
	return nil
}

// countLost counts the payloads beside path that are nowhere else, but for some, which are in
// order. One that has another name as well is in a backup, or in what an import has left that
// was killed.
func countLost(path string, but []journal.ID) (n int, err error) {
	ids, err := listBlobs(BlobFolder(path))
	for _, id := range ids {
		info, err := os.Lstat(filepath.Join(BlobFolder(path), id.String()))
		_, known := slices.BinarySearchFunc(but, id, journal.ID.Compare)
		if err == nil && onlyName(info) && !known {
			n++
		}
	}
	return n, err
}

// isLost tells whether a start would not find the store's file under its name any more.
func (s *Store) isLost() (bool, error) {
	named, err := os.Stat(s.path)
	if err != nil { // who may not look there now knows nothing else
		return errors.Is(err, fs.ErrNotExist), nil
	}
	ours, err := s.file.Stat()
	if err != nil {
		return false, fmt.Errorf("look at %s: %w", s.path, err)
	}
	return !os.SameFile(ours, named), nil
}

// emptyError tells that a file is empty, and what to do about that.
func emptyError(path string) error {
	n, err := countLost(path, nil)
	if err != nil || n == 0 {
		return errEmpty
	}
	return fmt.Errorf("%w: it is empty, and %s has %s: put the journal's file back, or move both away and try again",
		journal.ErrForeign, BlobFolder(path), payloadsText(n))
}

func payloadsText(n int) string {
	if n == 1 {
		return "1 large payload"
	}
	return fmt.Sprintf("%d large payloads", n)
}
