package broker

import (
	"cmp"
	"slices"

	"bcp/broker/wire"
	"bcp/journal"
)

// editsMax bounds how often what was asked for is changed: a task's row keeps
// each time.
const editsMax = 1000

// edit changes what was asked for with a task that has not ended: all that is
// named, or nothing of it. What was changed already stays: an edit whose answer
// was lost comes again.
func (b *Broker) edit(now Instant, from wire.Peer, m *wire.Edit) {
	b.doFor(now, from, &wire.Refuse{Req: m.Req, Key: m.Key}, m.Task, func(s *session, found *journal.Task) *wire.Error {
		asked := *m
		asked.Spec = b.WithDefaults(m.Spec)
		return b.editFound(now, found, &asked, cmp.Or(m.By, s.id))
	})
}

// WithDefaults returns what an edit asks for, with the broker's defaults for what it leaves
// out: they are what its options are changed to.
func (b *Broker) WithDefaults(s *journal.Spec) *journal.Spec {
	filled := *s
	b.fillIn(&filled)
	return &filled
}

// editFound changes a task that was found, which is as it is afterwards then. A member that
// has not started gets its row only if something is changed.
func (b *Broker) editFound(now Instant, found *journal.Task, m *wire.Edit, by string) *wire.Error {
	if err := checkAlive("changed", found); err != nil {
		return err
	}
	e, err := edited(found, m, now.WallMS, b.nowFor(now, found.ID))
	if err != nil || e.record == nil && !e.switchesHold(found) {
		return err
	}
	t := b.reach(now, found.ID)
	b.makeEdit(now, t, e, m, by)
	*found = t.Task
	return nil
}

// checkAlive refuses to do something with a task that has ended.
func checkAlive(done string, t *journal.Task) *wire.Error {
	if t.State.Ended() {
		return wire.Errorf(wire.CodeNotAllowed, "task %s is %s: one that has ended can't be %s", t.ID, t.State, done)
	}
	return nil
}

// editLive changes a task, or tells why it can't be. It is how anybody does, also
// a worker that wants more time.
func (b *Broker) editLive(now Instant, t *task, m *wire.Edit, by string) *wire.Error {
	e, err := edited(&t.Task, m, now.WallMS, b.nowFor(now, t.ID))
	if err == nil {
		b.makeEdit(now, t, e, m, by)
	}
	return err
}

// edition is what an edit makes of a task.
type edition struct {
	asked  *journal.Spec   // what is asked for with it then
	record *journal.Record // that changes it to that; nil if nothing is changed
	holds  bool            // it is put aside, or released, as hold of that says: by records of their own
}

// switchesHold tells whether the task is put aside or released, which it is not yet.
func (e *edition) switchesHold(t *journal.Task) bool { return e.holds && e.asked.Hold != t.Held }

// edited tells what an edit makes of a task where that stands, or why it can't be made. What
// the task waits for goes by its own clock, see nowFor.
func edited(t *journal.Task, m *wire.Edit, nowMS, ownMS int64) (*edition, *wire.Error) {
	if err := checkEditable(m.Options); err != nil {
		return nil, err
	}
	if err := t.CheckMove(m.Target); err != nil {
		return nil, wire.Errorf(wire.CodeNotAllowed, "%v", err)
	}
	asked := t.Spec.Edited(m.Spec, m.Options)
	if m.Target.Kind != 0 {
		asked.Target = m.Target
	}
	if err := checkSpec(asked, nowMS); err != nil {
		return nil, err
	}
	if t.Spec.Target.Kind == journal.ToAll && t.Tally.Count == 0 && !asked.LateJoiners {
		return nil, wire.Errorf(wire.CodeNotAllowed, "late-joiners false: broadcast %s has no member yet, and nobody else would come; cancel it", t.ID)
	}
	others := slices.DeleteFunc(slices.Clone(m.Options), func(n uint8) bool { return n == journal.OptionHold })
	e := &edition{asked: asked, record: t.NewEdit(asked, m.Target, others, ownMS), holds: len(others) < len(m.Options)}
	return e, e.check(t)
}

// checkEditable tells which option can't be changed of any task.
func checkEditable(options []uint8) *wire.Error {
	for _, n := range options {
		switch o := journal.OptionNumbered(n); {
		case o == nil:
			return wire.Errorf(wire.CodeUnsupported, "option %d is not known", n)
		case o.Edit == journal.EditNever:
			return wire.Errorf(wire.CodeNotAllowed, "%s: it can't be changed after the submit", o.Name)
		}
	}
	return nil
}

// check tells what of it can't be done where the task stands.
func (e *edition) check(t *journal.Task) *wire.Error {
	if e.holds && e.asked.Hold {
		if err := checkHold(t); err != nil {
			return err
		}
	}
	if e.record == nil {
		return nil
	}
	if t.Edits >= editsMax {
		return wire.Errorf(wire.CodeNotAllowed, "task %s was changed %d times, as often as it may be", t.ID, t.Edits)
	}
	if err := t.CheckEdit(e.record); err != nil {
		return wire.Errorf(wire.CodeNotAllowed, "%v", err)
	}
	return nil
}

// makeEdit makes of a task what an edit does.
func (b *Broker) makeEdit(now Instant, t *task, e *edition, m *wire.Edit, by string) {
	if e.holds && e.asked.Hold {
		b.holdTask(now, t, by, m.Text) // before it may be dispatched
	}
	if r := e.record; r != nil {
		r.Task, r.Attempt, r.By, r.Text = t.ID, t.Attempt, by, m.Text
		b.journalEdit(now, t, r)
		if t.isAll() {
			b.editMembers(now, t.group, m, by)
		}
	}
	if e.holds && !e.asked.Hold {
		b.releaseTask(now, t, by, m.Text)
	}
}

// journalEdit journals an edit, and has it count at once: for the task's place, its
// deadlines, and a loss that it was spared.
func (b *Broker) journalEdit(now Instant, t *task, r *journal.Record) {
	if !t.Active() {
		b.dequeue(t)
		b.record(now, *r)
		if t.Tally != nil {
			b.groupChanged(now, t.group)
			return
		}
		b.arrive(now, t)
		b.refill(now)
		return
	}
	b.record(now, *r)
	b.schedule(now, t)
	if w := t.worker; w.lost() && b.policy(t) != journal.LossWait {
		b.lose(now, t, journal.ReasonLost)
	}
}
