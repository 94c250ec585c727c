package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// retryRowsMax bounds the members that are looked at for the retry of an array, or of many
// that are tried again together: the others wait meanwhile, a quarter of a second.
const retryRowsMax = 100_000

// retryRowsOfAll is how many of these a member of a broadcast counts as: it is not only
// looked at, but made anew at once.
const retryRowsOfAll = retryRowsMax / inBatchMax

// membersAgain returns the indexes that the retry of a task has: of an array, those
// that are not done; of a member, its own; of another task none.
func (b *Broker) membersAgain(t *journal.Task) (string, *wire.Error) {
	switch {
	case t.OfAll || t.Spec.Target.Kind == journal.ToAll:
		return "", nil
	case t.Member != nil:
		return textOf(t, []uint32{t.Member.Index})
	case t.Tally == nil:
		return "", nil
	case t.Tally.Done == t.Tally.Count:
		return "", wire.Errorf(wire.CodeNotAllowed, "array %s: all its %d members are done", t.ID, t.Tally.Count)
	case t.Tally.Done == 0:
		return t.Spec.Array, nil
	case t.Tally.Rows() > retryRowsMax:
		return "", wire.Errorf(wire.CodeNotAllowed, "array %s: %d of its members have started, and at most %d are looked at: submit the indexes that are wanted", t.ID, t.Tally.Rows(), retryRowsMax)
	}
	return b.notDone(t)
}

// rowsAgain is how many members are looked at for the retry of a task.
func (b *Broker) rowsAgain(t *journal.Task) int {
	all := t.Spec.Target.Kind == journal.ToAll
	switch {
	case t.Tally == nil || !t.State.Ended():
		return 0
	case all && t.Tally.Count == 0:
		return retryRowsOfAll * len(b.fleet)
	case t.Tally.Done == t.Tally.Count:
		return 0 // that is told without a look
	case all:
		return retryRowsOfAll * int(t.Tally.Count)
	case t.Tally.Done == 0 || t.Tally.Rows() > retryRowsMax:
		return 0 // likewise
	}
	return int(t.Tally.Rows())
}

// notDone returns the indexes of an ended array's members that are not done.
func (b *Broker) notDone(t *journal.Task) (string, *wire.Error) {
	done := make(map[journal.ID]bool)
	err := b.endedMembers(t, func(m *journal.Task) { done[m.ID] = m.State == journal.Done })
	if err != nil {
		return "", err
	}
	indexes, rest := t.Spec.Indexes(), []uint32(nil)
	for pos := range t.Tally.Count {
		if !done[journal.IDOf(t.ID, pos)] {
			rest = append(rest, indexes.At(pos))
		}
	}
	return textOf(t, rest)
}

// endedMembers calls fn for the ended members of a group that have rows, in order of
// their IDs.
func (b *Broker) endedMembers(t *journal.Task, fn func(*journal.Task)) *wire.Error {
	r := journal.Range{Ended: true, After: t.ID}
	for more := true; more; {
		var err error
		more, err = b.archive.Scan(r, func(e journal.Entry) error {
			r.After = e.Task.ID
			if m := e.Task.Member; m != nil && m.Group == t.ID {
				fn(&e.Task)
			}
			return nil
		})
		if err != nil {
			return wire.Errorf(wire.CodeInternal, "can't read the members: %v", err)
		}
		more = more && r.After.Compare(t.LastID()) < 0
	}
	return nil
}

// textOf writes the indexes of the retry of a task, if an array takes as many.
func textOf(t *journal.Task, rising []uint32) (string, *wire.Error) {
	x, err := journal.IndexesOf(rising)
	if err == nil && len(x.String()) > journal.MaxArrayBytes {
		return "", wire.Errorf(wire.CodeNotAllowed, "array %s: the indexes of its members that are not done take %d bytes, and an array takes %d: submit them in parts", t.ID, len(x.String()), journal.MaxArrayBytes)
	}
	if err != nil {
		return "", wire.Errorf(wire.CodeInternal, "array %s: %v", t.ID, err)
	}
	return x.String(), nil
}
