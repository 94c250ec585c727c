package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bcp/journal"
	"bcp/migrations"
)

// Importing is a journal into which an export is taken. One that there was is worked on
// where it is. A new one is made in a folder beside its name, which it gets when it is
// whole: half of an export is never taken for a journal, whenever it is broken off.
type Importing struct {
	*Store
	path   string
	beside string // the folder, "" for a journal that there was
}

// OpenImport opens the journal at path to import into it, as Open does. End has to be
// called then.
func OpenImport(path string, o Options) (*Importing, error) {
	i := &Importing{path: path}
	at := path
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := checkLost(path, toBegin, nil); err != nil {
			return nil, fmt.Errorf("import into %s: %w", path, err)
		}
		if i.beside, err = os.MkdirTemp(filepath.Dir(path), filepath.Base(path)+".new-*"); err != nil {
			return nil, fmt.Errorf("import into %s: %w", path, withoutName(path, err))
		}
		at = i.made()
	}
	var err error
	if i.Store, err = Open(at, o); err != nil {
		return nil, i.named(errors.Join(err, i.remove()))
	}
	return i, nil
}

// Import is that of the Store.
func (i *Importing) Import(items []journal.Item) (fresh int, err error) {
	fresh, err = i.Store.Import(items)
	return fresh, i.named(err)
}

// New tells whether there is no journal at the path before End.
func (i *Importing) New() bool { return i.beside != "" }

// End closes the journal. After an error a new one is removed, and else it gets its name;
// one that has come to be there meanwhile is not replaced.
func (i *Importing) End(err error) error {
	err = errors.Join(err, i.Close())
	if err == nil && i.New() {
		err = i.giveName()
	}
	return i.named(errors.Join(err, i.remove()))
}

// named tells of a new journal by the name that it was to have.
func (i *Importing) named(err error) error {
	if err == nil || !i.New() {
		return err
	}
	return &importError{err, strings.ReplaceAll(err.Error(), i.made(), i.path)}
}

// importError is an error in other words.
type importError struct {
	error
	text string
}

func (e *importError) Error() string { return e.text }
func (e *importError) Unwrap() error { return e.error }

func (i *Importing) made() string { return filepath.Join(i.beside, filepath.Base(i.path)) }

// giveName gives a new journal its name; its large payloads are there before it.
func (i *Importing) giveName() error {
	if _, err := os.Lstat(i.path); err == nil {
		return fmt.Errorf("import into %s: %w", i.path, fs.ErrExist)
	}
	err := linkBlobs(BlobFolder(i.made()), BlobFolder(i.path))
	if err == nil {
		err = os.Link(i.made(), i.path)
	}
	if err != nil {
		return fmt.Errorf("import into %s: %w", i.path, err)
	}
	return migrations.SyncFolder(filepath.Dir(i.path))
}

func (i *Importing) remove() error {
	if !i.New() {
		return nil
	}
	return os.RemoveAll(i.beside)
}
