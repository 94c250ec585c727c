package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// audienceAgain returns the workers that the retry of an ended task is for, none if it
// is neither a broadcast nor a member of one: those whose members are not done, whether
// they are there or not, and nobody who comes later. It makes the spec one for them.
func (b *Broker) audienceAgain(t *journal.Task, again *journal.Spec) ([]string, *wire.Error) {
	switch {
	case t.OfAll:
		return b.memberAgain(t, again)
	case t.Spec.Target.Kind != journal.ToAll:
		return nil, nil
	case t.Tally.Count == 0:
		names := b.audience(again)
		return names, checkAudience(again, names)
	case t.Tally.Done == t.Tally.Count:
		return nil, wire.Errorf(wire.CodeNotAllowed, "broadcast %s: all its %d members are done", t.ID, t.Tally.Count)
	}
	again.LateJoiners = false
	var names []string
	err := b.endedMembers(t, func(m *journal.Task) {
		if m.State != journal.Done {
			names = append(names, m.Pinned)
		}
	})
	return names, err
}

// memberAgain is audienceAgain for one member: a broadcast to its worker alone.
func (b *Broker) memberAgain(t *journal.Task, again *journal.Spec) ([]string, *wire.Error) {
	whole, err := b.lookup(t.Member.Group)
	if err != nil {
		return nil, wire.Errorf(wire.CodeInternal, "can't read broadcast %s: %v", t.Member.Group, err)
	}
	again.Target, again.OnAway = whole.Spec.Target, whole.Spec.OnAway
	return []string{t.Pinned}, nil
}
