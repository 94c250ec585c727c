package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"bcp/journal"
)

// Importing is a journal into which an export is imported. A journal that exists already is
// changed in place. A new one is made in a temporary folder beside its path and gets its name
// at the end, so that half an import is never taken for a journal.
type Importing struct {
	*Store
	names
}

// OpenImport opens the journal at path for an import, as Open does. The caller has to call End
// when the import is over.
func OpenImport(path string, o Options) (*Importing, error) {
	i := &Importing{names: names{made: path, told: path}}
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := i.makeFolder(); err != nil {
			return nil, err
		}
	}
	opening := newSetup(o)
	opening.told, opening.owner = path, ownerOf(i.made)
	if i.Store, err = opening.open(i.made); err != nil {
		return nil, errors.Join(err, i.remove())
	}
	return i, nil
}

// makeFolder makes the folder of a new journal.
func (i *Importing) makeFolder() error {
	folder := ""
	err := checkFree(i.told, nil)
	if err == nil {
		folder, err = os.MkdirTemp(filepath.Dir(i.told), filepath.Base(i.told)+".new-*")
	}
	if err != nil {
		return fmt.Errorf("import into %s: %w", i.told, i.withoutName(err))
	}
	i.made = filepath.Join(folder, filepath.Base(i.told))
	return nil
}

// Import is Store.Import, with errors that name the journal as the caller knows it.
func (i *Importing) Import(items []journal.Item) (fresh int, err error) {
	fresh, err = i.Store.Import(items)
	return fresh, i.explained(err)
}

// New tells whether the journal is a new one, which gets its name only at End.
func (i *Importing) New() bool { return i.made != i.told }

// End closes the journal. Err is the import's: after an error a new journal is removed, and
// otherwise it gets its name, unless there is a file of that name by now, which is an error
// that wraps fs.ErrExist. End returns err as well.
func (i *Importing) End(err error) error {
	ended := i.Close()
	if err == nil && ended == nil && i.New() {
		ended = i.giveName()
	}
	return errors.Join(err, i.explained(ended), i.remove())
}

// explained tells of a new journal by the name that it is to have.
func (i *Importing) explained(err error) error {
	if err == nil || !i.New() {
		return err
	}
	return fmt.Errorf("import into %s: %w", i.told, i.withoutName(err))
}

// giveName gives a new journal its name; its large payloads are there before it.
func (i *Importing) giveName() error {
	if isThere(i.told) {
		return fs.ErrExist
	}
	err := giveNames(context.Background(), i.blobs.disk, BlobFolder(i.made), i.told, func() error { return os.Link(i.made, i.told) })
	return andThen(err, func() error { return syncName(i.blobs.disk, i.told) })
}

// remove removes the folder of a new journal.
func (i *Importing) remove() error {
	if !i.New() {
		return nil
	}
	return os.RemoveAll(filepath.Dir(i.made))
}
