package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	berrors "go.etcd.io/bbolt/errors"

	"bcp/journal"
	"bcp/migrations"
)

// explain says in one line what is wrong with the file at path.
func explain(what, path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		err = fmt.Errorf("%w%s", journal.ErrLocked, lockHolder(path))
	case errors.Is(err, migrations.ErrNewer):
		err = fmt.Errorf("%w: %w", journal.ErrNewer, err)
	case errors.Is(err, migrations.ErrNoSchema):
		err = fmt.Errorf("%w: %w", journal.ErrCorrupt, err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		err = fmt.Errorf("%w: %w", journal.ErrCorrupt, err)
	default:
		err = withoutName(path, err)
	}
	return fmt.Errorf("%s journal %s: %w", what, path, err)
}

// withoutName says what is wrong with the file at path, which is named already, and not
// with a temporary one. What is wrong with its large payloads is told with their name.
func withoutName(path string, err error) error {
	var cause *fs.PathError
	if missingFolder(path) {
		return fmt.Errorf("folder %s does not exist", filepath.Dir(path))
	}
	if !errors.As(err, &cause) {
		return err
	}
	inside, isPayload := strings.CutPrefix(filepath.Clean(cause.Path), filepath.Clean(BlobFolder(path)))
	if !isPayload {
		return cause.Err
	}
	inside, _, _ = strings.Cut(inside, ".new-") // which a copy has until it is whole
	return fmt.Errorf("%s%s: %w", BlobFolder(path), inside, cause.Err)
}

func missingFolder(path string) bool {
	_, err := os.Stat(filepath.Dir(path))
	return errors.Is(err, fs.ErrNotExist)
}
