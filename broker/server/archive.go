package server

import (
	"errors"
	"fmt"

	"bcp/broker"
	"bcp/journal"
)

// archive is the journal as the core reads it. It notes the first error that is not
// about what is stored but about reading it: the disk's. The core has to decide
// something then, and may take a task for unknown that is there, or refuse what it
// has accepted before. So the loop ends as after a failed commit, and nothing that was
// decided from then on is committed or told. Damage is another matter: it would be
// the same after a restart, and the core answers with what is damaged.
type archive struct {
	broker.Archive
	failed error
}

// note takes in the error of a read, and returns it.
func (a *archive) note(err error) error { return a.noteOf("read the journal", err) }

// noteOf takes in the error of what was done with the journal.
func (a *archive) noteOf(what string, err error) error {
	if err == nil || errors.Is(err, journal.ErrNotFound) || errors.Is(err, journal.ErrCorrupt) {
		return err
	}
	if a.failed == nil {
		a.failed = fmt.Errorf("%s: %w", what, err)
	}
	return err
}

// Get implements broker.Archive.
func (a *archive) Get(id journal.ID) (journal.Entry, error) {
	e, err := a.Archive.Get(id)
	return e, a.note(err)
}

// Scan implements broker.Archive. An error of fn's is fn's alone.
func (a *archive) Scan(r journal.Range, fn func(journal.Entry) error) (more bool, err error) {
	var stopped error
	more, err = a.Archive.Scan(r, func(e journal.Entry) error {
		stopped = fn(e)
		return stopped
	})
	if stopped != nil {
		return more, err
	}
	return more, a.note(err)
}

// Body implements broker.Archive. That there is no descriptor to read a large one with
// is told to who asks: it is no fault of the disk's.
func (a *archive) Body(id journal.ID) ([]byte, error) {
	body, err := a.Archive.Body(id)
	if scarce(err) {
		return nil, err
	}
	return body, a.note(err)
}

// ByKey implements broker.Archive.
func (a *archive) ByKey(key string) (journal.ID, bool, error) {
	id, known, err := a.Archive.ByKey(key)
	return id, known, a.note(err)
}

// Unused implements broker.Archive.
func (a *archive) Unused(key string) ([]journal.KeyRange, error) {
	ranges, err := a.Archive.Unused(key)
	return ranges, a.note(err)
}

// Tombstone implements broker.Archive.
func (a *archive) Tombstone(id journal.ID) (journal.Tombstone, error) {
	t, err := a.Archive.Tombstone(id)
	return t, a.note(err)
}
