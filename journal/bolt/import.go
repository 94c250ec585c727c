package bolt

import (
	"errors"
	"fmt"

	"bcp/journal"
)

// ErrClash tells that the journal has an item already that is to be imported, with other
// contents.
var ErrClash = errors.New("it is in the journal already, and is another one")

// Import writes items of an export, all in one transaction, and returns how many were new.
// An item that the journal has already is skipped if both are the same, so that an import
// that was interrupted can be repeated. If they differ, the error wraps ErrClash, and none of
// the items is written (see Missing). No broker may use the store meanwhile.
func (s *Store) Import(items []journal.Item) (fresh int, err error) {
	missing, err := s.Missing(items)
	if err != nil || len(missing) == 0 {
		return 0, err
	}
	staged := make([]stagedItem, len(missing))
	for n, i := range missing {
		if staged[n], err = s.stageItem(i); err != nil {
			return 0, fmt.Errorf("import: %w", err)
		}
	}
	err = s.alone(func() error {
		return s.update(func(w *writer) error { return w.takeAll(staged) })
	})
	if err != nil {
		return 0, fmt.Errorf("import %d items: %w", len(missing), err)
	}
	return len(missing), nil
}
