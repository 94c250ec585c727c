package server

import (
	"errors"

	"bcp/broker/wire"
	"bcp/journal"
)

// The retry of a task that has ended has a body of its own, for the two are kept for
// different times. A large one is copied beside the loop, like one that came with a
// submit.

// largeBody tells of a retry which task's body its own is a copy of, and the size of
// it; 0 if it is in the journal itself, or there is none.
func (s *Server) largeBody(r *wire.Resolve) (id journal.ID, size int) {
	if r.Verb != wire.ResolveRetry {
		return id, 0
	}
	id = r.Task
	if id.IsZero() {
		id, _, _ = s.store.ByKey(r.Key) // the core tells what is wrong with it
	}
	e, err := s.store.Get(id)
	if err != nil || !e.Task.State.Ended() {
		return id, 0
	}
	if e.Task.Member != nil {
		id = e.Task.Member.Group // members share the body of their whole
	}
	_, blob, err := s.store.BodyOrBlob(id)
	if err != nil {
		return id, 0
	}
	return id, blob.Size
}

// copyBody copies the body that a retry asks for. If it is gone meanwhile the core
// tells so.
func (s *Server) copyBody(r *wire.Resolve) (journal.Blob, error) {
	id, size := s.largeBody(r)
	if size == 0 {
		return journal.Blob{}, nil
	}
	body, err := s.store.Body(id)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return journal.Blob{}, nil
	case err != nil:
		return journal.Blob{}, err
	}
	return s.store.Stage(body)
}
