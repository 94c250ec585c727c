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
		return b.editFound(now, found, m, cmp.Or(m.By, s.id))
	})
}

// editFound changes a task that was found, which is as it is afterwards then.
func (b *Broker) editFound(now Instant, found *journal.Task, m *wire.Edit, by string) *wire.Error {
	t := b.reach(now, found.ID)
	if err := checkAlive("changed", found); err != nil {
		return err
	}
	if err := b.editLive(now, t, m, by); err != nil {
		return err
	}
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
	asked, err := b.edited(now, t, m)
	if err != nil {
		return err
	}
	others, holds := withoutHold(m.Options)
	r := t.NewEdit(asked, m.Target, others, now.WallMS)
	if err := checkNow(&t.Task, r, holds && asked.Hold); err != nil {
		return err
	}
	if holds && asked.Hold {
		b.holdTask(now, t, by, m.Text) // before it may be dispatched
	}
	if r != nil {
		r.Task, r.Attempt, r.By, r.Text = t.ID, t.Attempt, by, m.Text
		b.journalEdit(now, t, r)
		if t.isAll() {
			b.editMembers(now, t.group, m, by)
		}
	}
	if holds && !asked.Hold {
		b.releaseTask(now, t, by, m.Text)
	}
	return nil
}

// withoutHold returns the other options, and whether hold is among these: a task is held
// and released by records of their own.
func withoutHold(options []uint8) (others []uint8, holds bool) {
	others = slices.DeleteFunc(slices.Clone(options), func(n uint8) bool { return n == journal.OptionHold })
	return others, len(others) < len(options)
}

// edited returns what would be asked for with a task, or tells what is wrong
// with that.
func (b *Broker) edited(now Instant, t *task, m *wire.Edit) (*journal.Spec, *wire.Error) {
	for _, n := range m.Options {
		switch o := journal.OptionNumbered(n); {
		case o == nil:
			return nil, wire.Errorf(wire.CodeUnsupported, "option %d is not known", n)
		case o.Edit == journal.EditNever:
			return nil, wire.Errorf(wire.CodeNotAllowed, "%s: it can't be changed after the submit", o.Name)
		}
	}
	if err := t.CheckMove(m.Target); err != nil {
		return nil, wire.Errorf(wire.CodeNotAllowed, "%v", err)
	}
	asked := t.Spec.Edited(m.Spec, m.Options)
	if m.Target.Kind != 0 {
		asked.Target = m.Target
	}
	if err := b.checkSpec(now, asked); err != nil {
		return nil, err
	}
	if t.isAll() && t.Tally.Count == 0 && !asked.LateJoiners {
		return nil, wire.Errorf(wire.CodeNotAllowed, "late-joiners false: broadcast %s has no member yet, and nobody else would come; cancel it", t.ID)
	}
	b.fillIn(asked)
	return asked, nil
}

// checkNow tells what of a change, which may be none, can't be done where the
// task stands.
func checkNow(t *journal.Task, r *journal.Record, hold bool) *wire.Error {
	if hold {
		if err := checkHold(t); err != nil {
			return err
		}
	}
	if r == nil {
		return nil
	}
	if t.Edits >= editsMax {
		return wire.Errorf(wire.CodeNotAllowed, "task %s was changed %d times, as often as it may be", t.ID, t.Edits)
	}
	if err := t.CheckEdit(r); err != nil {
		return wire.Errorf(wire.CodeNotAllowed, "%v", err)
	}
	return nil
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
