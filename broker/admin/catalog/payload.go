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

// Body returns the body of a task, which may be empty; that of a member is its whole's.
// api.CodeGone if it is not kept any more.
func (c Catalog) Body(t *journal.Task) ([]byte, error) {
	owner := t.ID
	if t.Member != nil {
		owner = t.Member.Group
	}
	e, err := c.journal.Get(owner)
	if err != nil {
		return nil, failed(owner, err)
	}
	if e.Records[0].PayloadSize() == 0 {
		return nil, nil
	}
	body, err := c.journal.Body(owner)
	if errors.Is(err, journal.ErrNotFound) {
		return nil, api.Errorf(api.CodeGone, "the body of task %s is not kept any more", owner)
	}
	if err != nil {
		return nil, failed(owner, err)
	}
	return body, nil
}
