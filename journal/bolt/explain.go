package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"

	"bcp/journal"
	"bcp/migrations"
)

// names is how errors name a journal: by the name that it has or is to have, wherever it is
// made.
type names struct{ made, told string }

// explain says in one line what is wrong with the file at path.
func explain(what, path string, err error) error { return names{path, path}.explain(what, err) }

// withoutName says what is wrong with the file at path.
func withoutName(path string, err error) error { return names{path, path}.withoutName(err) }

// explain says in one line what is wrong with the file.
func (n names) explain(what string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		err = fmt.Errorf("%w%s", journal.ErrLocked, lockHolder(n.made))
	case errors.Is(err, migrations.ErrNewer):
		err = fmt.Errorf("%w: %w", journal.ErrNewer, err)
	case errors.Is(err, migrations.ErrNoSchema),
		errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		err = fmt.Errorf("%w: %w", journal.ErrCorrupt, err)
	case strings.HasSuffix(err.Error(), syscall.EFBIG.Error()): // bbolt doesn't wrap it
		err = tooLong(err)
	case errors.Is(err, syscall.ENOMEM):
		err = fmt.Errorf("%w: for the file, and %s more where it is written to, addresses are reserved, and no memory (ulimit -v)", syscall.ENOMEM, journal.SizeText(mapRoom))
	default:
		err = n.withoutName(err)
	}
	return fmt.Errorf("%s journal %s: %w", what, n.told, err)
}

// tooLong says of a file that may not be so long which limit that is, if it is the process's.
func tooLong(err error) error {
	var longest syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_FSIZE, &longest) != nil || longest.Cur > math.MaxInt64 {
		return err
	}
	return fmt.Errorf("%w: this process may write files of %s at most (ulimit -f): the journal and its reserve have to fit into that; nothing is lost",
		syscall.EFBIG, journal.SizeText(int64(longest.Cur)))
}

// withoutName says what is wrong with the file, which is named already, and not with the name
// that it has until it is whole. What is wrong with its large payloads is told with theirs.
func (n names) withoutName(err error) error {
	path, cause := fileError(err)
	switch {
	case missingFolder(n.told):
		return fmt.Errorf("folder %s does not exist", filepath.Dir(n.told))
	case cause == nil:
		return err
	}
	for _, folder := range []string{BlobFolder(n.made), BlobFolder(n.told)} {
		if inside, isPayload := cutPath(path, folder); isPayload {
			inside, _, _ = strings.Cut(inside, ".new-") // which a copy has until it is whole
			return fmt.Errorf("%s%s: %w", BlobFolder(n.told), inside, cause)
		}
	}
	for _, name := range []string{n.made, n.told} {
		if _, isIt := cutPath(path, name); isIt {
			return cause
		}
	}
	return err
}

// cutPath cuts off what a path begins with, which may be written otherwise: what is made
// beside a bare name has ./ in front.
func cutPath(path, begin string) (rest string, ok bool) {
	return strings.CutPrefix(filepath.Clean(path), filepath.Clean(begin))
}

// fileError returns what the operating system says is wrong, and with which file: of two, with
// the one that was to be. It is nil for what anybody else says.
func fileError(err error) (path string, cause error) {
	var one *fs.PathError
	var two *os.LinkError
	switch {
	case errors.As(err, &one):
		return one.Path, one.Err
	case errors.As(err, &two):
		return two.New, two.Err
	}
	return "", nil
}

func missingFolder(path string) bool {
	_, err := os.Stat(filepath.Dir(path))
	return errors.Is(err, fs.ErrNotExist)
}
