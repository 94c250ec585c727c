package bolt

import (
	"errors"
	"fmt"

	"bcp/journal"
)

// ErrClash tells that what is to be imported is there already, and is another.
var ErrClash = errors.New("it is in the journal already, and is another one")

// Import writes items of an export, all in one commit, and returns how many were new.
// What is there already as it is in the export is left as it is, so that an import
// that was interrupted can be done again. What is there as another one is an error
// that wraps ErrClash: then nothing of the items is written. No broker may use the
// store meanwhile.
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
