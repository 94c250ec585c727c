package broker

import (
	"fmt"
	"slices"
	"strings"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/filter"
)

// What would become of tasks that something is done with, for who asks before.

// changeable are the states in which something can be done with a task.
func changeable(do wire.ChangeDo) []journal.State {
	switch do {
	case wire.ChangeCancel, wire.ChangeEdit:
		return []journal.State{journal.Pending, journal.Dispatched, journal.Running, journal.Canceling}
	case wire.ChangeRetry:
		return []journal.State{journal.Pending, journal.Done, journal.Failed, journal.Canceled}
	case wire.ChangeHold, wire.ChangeRelease: // what runs of these are groups: the rest of their members
		return []journal.State{journal.Pending, journal.Running}
	}
	return []journal.State{journal.Pending}
}

// checkChange reads the filter of those tasks that something is to be done with. The error
// says what is wrong with it, and which states are accepted.
func checkChange(do wire.ChangeDo, text string) (*filter.Filter, error) {
	f, err := filter.Parse(text)
	if err != nil {
		return nil, err
	}
	return f, CheckStates(do, f)
}

// CheckStates tells whether a filter can mean tasks with which something can be done. The
// error names the states that are accepted.
func CheckStates(do wire.ChangeDo, f *filter.Filter) error {
	var accepted []string
	for _, s := range changeable(do) {
		accepted = append(accepted, s.String())
	}
	for _, s := range f.States() {
		if f.NamesStates() && !slices.Contains(accepted, s.String()) {
			return fmt.Errorf("state %q: there is nothing to %s then; %s is accepted", s, do, strings.Join(accepted, ", "))
		}
	}
	return nil
}

// Changes tells whether the change would do anything with the task as it stands. A change
// of all that a filter means takes no other tasks.
func Changes(do wire.ChangeDo, t *journal.Task, nowMS int64) bool {
	switch do {
	case wire.ChangeHold:
		return holdable(t) && !t.Held
	case wire.ChangeRelease:
		return t.Held
	case wire.ChangeMove, wire.ChangeDrop:
		return t.State == journal.Pending
	case wire.ChangeRetry:
		return checkRetry(t, nowMS) == nil
	}
	return !t.State.Ended()
}

// PlanChange tells what a change would make of a task. Of an edit or a move it lists what
// would change, which is nothing if the task is so already. The message of an edit has to
// have the broker's defaults in it, see WithDefaults.
func PlanChange(m *wire.Change, t *journal.Task, nowMS int64) wire.ChangeRow {
	return planChange(m, t, nowMS, nowMS)
}

// planChange is PlanChange for who knows the task's own clock, see nowFor.
func planChange(m *wire.Change, t *journal.Task, nowMS, ownMS int64) wire.ChangeRow {
	r := wire.ChangeRow{Task: t.ID, Before: t.State, WasHeld: t.Held, After: t.State, Held: t.Held}
	var err *wire.Error
	switch m.Do {
	case wire.ChangeHold:
		r.Held, err = true, checkHold(t)
	case wire.ChangeRelease:
		r.Held = false
	case wire.ChangeEdit, wire.ChangeMove:
		err = planEdit(&r, m, t, nowMS, ownMS)
	case wire.ChangeRetry:
		r.After, r.Held, err = journal.Pending, false, checkRetry(t, ownMS)
	case wire.ChangeDrop:
		err = planDrop(&r, t)
	default:
		planCancel(&r, t)
	}
	if err != nil {
		refuseRow(&r, err)
	}
	return r
}

// refuseRow notes why nothing is done with the task.
func refuseRow(r *wire.ChangeRow, err *wire.Error) {
	r.Code, r.Text, r.Changes = err.Code, err.Text, nil
	r.After, r.Held = r.Before, r.WasHeld
}

// unchanged tells whether the task is already as it would be.
func unchanged(r *wire.ChangeRow) bool {
	return r.Code == 0 && r.After == r.Before && r.Held == r.WasHeld && len(r.Changes) == 0
}

func planCancel(r *wire.ChangeRow, t *journal.Task) {
	switch {
	case t.State == journal.Pending:
		r.After, r.Held = journal.Canceled, false
	case !t.State.Ended():
		r.After = journal.Canceling
	}
}

func planDrop(r *wire.ChangeRow, t *journal.Task) *wire.Error {
	switch {
	case t.State.Ended():
		return nil
	case t.Exhausted:
		r.After, r.Held = journal.Failed, false
		return nil
	}
	r.After, r.Held = journal.Canceled, false
	return checkDrop(t)
}

// planEdit tells what would be changed of a task, and whether it would be held.
func planEdit(row *wire.ChangeRow, m *wire.Change, t *journal.Task, nowMS, ownMS int64) *wire.Error {
	e, err := edited(t, editOf(m), nowMS, ownMS)
	if err != nil {
		return err
	}
	if r := e.record; r != nil {
		row.Changes = journal.ChangesFrom(t.Spec, e.asked, r)
		if text := t.StaysBackText(r, ownMS); text != "" {
			row.Changes = append(row.Changes, text)
		}
	}
	if e.switchesHold(t) {
		row.Held = e.asked.Hold
		row.Changes = append(row.Changes, fmt.Sprintf("hold %t -> %t", t.Held, e.asked.Hold))
	}
	return nil
}

// editOf is what a change asks for with each task, as if that alone was changed.
func editOf(m *wire.Change) *wire.Edit {
	return &wire.Edit{Target: m.Target, Options: m.Options, Spec: m.Spec, Text: m.Text}
}
