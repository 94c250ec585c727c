package broker

import (
	"errors"

	"bcp/broker/wire"
	"bcp/journal"
)

// A task that has been kept long enough is forgotten, but its key is remembered
// for longer: a late repetition of its submit makes no second task.
//
//	submit --> task --> end --> kept ---------> forgotten ------------> never was
//	key:                same task, its end      same task, CodeGone     free again

// forgotten returns what is left of a task that isn't there; false if nothing is
// known of it.
func (b *Broker) forgotten(id journal.ID) (stone journal.Tombstone, known bool, err error) {
	stone, err = b.archive.Tombstone(id)
	if errors.Is(err, journal.ErrNotFound) {
		return stone, false, nil
	}
	return stone, err == nil, err
}

// absent tells why a task that isn't there isn't: it is forgotten, or never was,
// as far as anybody knows.
func (b *Broker) absent(id journal.ID, key string) *wire.Error {
	switch stone, known, err := b.forgotten(id); {
	case err != nil:
		return wire.Errorf(wire.CodeInternal, "can't look the task up: %v", err)
	case known:
		return wire.Errorf(wire.CodeGone, "%s", stone.Text())
	}
	return wire.Errorf(wire.CodeUnknownTask, "%s", unknownText(id, key))
}

func unknownText(id journal.ID, key string) string {
	if key != "" {
		return "no task with key " + key
	}
	return "no task " + id.String()
}

// submittedAndForgotten is submitted for a task that is forgotten: it is known, and
// its end isn't any more: who is told it finds its result missing, see Pruned.
func (b *Broker) submittedAndForgotten(s *session, m *wire.Submit, id journal.ID) (*journal.Task, *wire.Error) {
	stone, known, err := b.forgotten(id)
	switch {
	case err != nil:
		return nil, wire.Errorf(wire.CodeInternal, "can't look up the key: %v", err)
	case !known || s.peer.Dialect == wire.BCP1Client: // whose job's id is free again after its end
		return nil, nil
	case !isDigestOf(stone.Digest, m):
		return nil, keyConflict(m.Spec.Key, id)
	}
	return &journal.Task{ID: id, State: stone.State, Spec: m.Spec}, nil
}

func keyConflict(key string, id journal.ID) *wire.Error {
	return wire.Errorf(wire.CodeKeyConflict, "key %q was used for another target, command or body, as task %s", key, id)
}
