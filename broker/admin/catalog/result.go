package catalog

import (
	"errors"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// Result returns the result of a task that has ended, which may be empty.
// api.CodeNotEnded if it hasn't.
func (c Catalog) Result(t *journal.Task) ([]byte, error) {
	if !t.State.Ended() {
		return nil, api.Errorf(api.CodeNotEnded, "task %s has no result yet: it is %s", t.ID, t.State)
	}
	result, err := c.journal.Result(t.ID)
	if errors.Is(err, journal.ErrNotFound) {
		return nil, nil // a task that was canceled has none
	}
	if err != nil {
		return nil, failed(t.ID, err)
	}
	return result, nil
}
