package catalog

import (
	"bytes"
	"errors"
	"io"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// Payload is a body or result that is read as its reader takes it: a large one comes from its
// file piece by piece. It has to be closed.
type Payload struct {
	io.ReadCloser
	Size int // bytes
}

// Result returns the result of a task that has ended, which may be empty. If the task has not
// ended, the error is an api.Error of api.CodeNotEnded.
func (c Catalog) Result(t *journal.Task) (Payload, error) {
	if !t.State.Ended() {
		return Payload{}, api.Errorf(api.CodeNotEnded, "task %s has no result yet: it is %s", t.ID, t.State)
	}
	result, err := c.open(t.ID, c.journal.ResultOrBlob)
	if errors.Is(err, journal.ErrNotFound) {
		return inMemory(nil), nil // a task that was canceled has none
	}
	if err != nil {
		return Payload{}, failed(t.ID, err)
	}
	return result, nil
}

// Body returns the body of a task, which may be empty. A member has the body of its group. If
// the body is no longer kept, the error is an api.Error of api.CodeGone.
func (c Catalog) Body(t *journal.Task) (Payload, error) {
	owner := t.ID
	if t.Member != nil {
		owner = t.Member.Group
	}
	e, err := c.journal.Get(owner)
	if err != nil {
		return Payload{}, failed(owner, err)
	}
	if e.Records[0].PayloadSize() == 0 {
		return inMemory(nil), nil
	}
	body, err := c.open(owner, c.journal.BodyOrBlob)
	if errors.Is(err, journal.ErrNotFound) {
		return Payload{}, api.Errorf(api.CodeGone, "the body of task %s is not kept any more", owner)
	}
	if err != nil {
		return Payload{}, failed(owner, err)
	}
	return body, nil
}

// open opens a task's payload, which may be forgotten between two looks at it.
func (c Catalog) open(id journal.ID, look func(journal.ID) ([]byte, journal.Blob, error)) (Payload, error) {
	payload, blob, err := look(id)
	if err != nil || blob.IsZero() {
		return inMemory(payload), err
	}
	r, err := c.journal.OpenBlob(blob)
	if err == nil {
		return Payload{r, blob.Size}, nil
	}
	if _, _, again := look(id); again != nil {
		err = again
	}
	return Payload{}, err
}

func inMemory(payload []byte) Payload {
	return Payload{io.NopCloser(bytes.NewReader(payload)), len(payload)}
}
