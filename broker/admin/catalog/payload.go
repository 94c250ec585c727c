package catalog

import (
	"errors"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// Result returns the result of a task that has ended, which may be empty. If the task has not
// ended, the error is an api.Error of api.CodeNotEnded.
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

// Body returns the body of a task, which may be empty. A member has the body of its group. If
// the body is no longer kept, the error is an api.Error of api.CodeGone.
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
