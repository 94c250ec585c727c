package api

import (
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// Verb says what is done with tasks in one request: POST /v1/tasks/VERB.
type Verb string

// The verbs.
const (
	VerbCancel  Verb = "cancel"  // cancel tasks
	VerbHold    Verb = "hold"    // put pending tasks on hold
	VerbRelease Verb = "release" // let tasks go on that are on hold
	VerbEdit    Verb = "edit"    // change options of tasks that have not ended, or their target
	VerbMove    Verb = "move"    // give pending tasks to another worker or service
	VerbRetry   Verb = "retry"   // try ended tasks again, and those whose tries are used up; those that wait for their next try, at once
	VerbDrop    Verb = "drop"    // give up pending tasks
)

// Change asks for the same change of many tasks. Exactly one of these is given: IDs, which may
// be unique prefixes or suffixes, a Filter that is not empty, or All. With a filter, and with
// All, only tasks are changed with which the verb does something (see Verb.Takes).
type Change struct {
	IDs    []string `json:"ids,omitempty"`
	Filter *Filter  `json:"filter,omitempty"`
	All    bool     `json:"all,omitempty"` // all tasks that have not ended
	By     string   `json:"by"`            // who asks, for the history of the tasks
	Reason string   `json:"reason,omitempty"`
	DryRun bool     `json:"dry_run,omitempty"` // only list what would be done
	Edit   *Edit    `json:"edit,omitempty"`    // of an edit or a move: what is changed
}

// ChangeRow tells what was done with one task, or would be.
type ChangeRow struct {
	ID      string `json:"id"`
	Before  string `json:"before,omitempty"` // the state before the change
	WasHeld bool   `json:"was_held,omitempty"`
	After   string `json:"after,omitempty"` // the state after the change
	Held    bool   `json:"held,omitempty"`  // on hold after the change
	Error   *Error `json:"error,omitempty"` // why nothing was done

	Changes   []string `json:"changes,omitempty"`    // of an edit or a move: what is changed, from what to what
	RetriedAs string   `json:"retried_as,omitempty"` // of a retry: the task that was made, whose state is After
}

// dos are the verbs as the broker is asked for them.
var dos = map[Verb]wire.ChangeDo{
	VerbCancel: wire.ChangeCancel, VerbHold: wire.ChangeHold, VerbRelease: wire.ChangeRelease, VerbEdit: wire.ChangeEdit,
	VerbMove: wire.ChangeMove, VerbRetry: wire.ChangeRetry, VerbDrop: wire.ChangeDrop,
}

// Takes tells whether the verb does something with a task in the state that this one is in.
func (v Verb) Takes(t *journal.Task) bool {
	return broker.Changes(dos[v], t, time.Now().UnixMilli())
}

// CheckFilter checks that the verb can do something with tasks that match the filter. The
// Error names the states that are accepted.
func (v Verb) CheckFilter(f *Filter) error {
	compiled, err := f.Compile()
	if err != nil {
		return err
	}
	switch {
	case f.All && len(f.States) == 0 && v != VerbRetry:
		return Errorf(CodeBadRequest, "all: there is nothing to %s in tasks that have ended", v)
	case f.Held && v == VerbHold:
		return Errorf(CodeBadRequest, "held: a task that is held cannot be held again: leave it out")
	}
	if err := broker.CheckStates(dos[v], compiled); err != nil {
		where := ""
		if len(f.States) == 0 {
			where = "filter: "
		}
		return Errorf(CodeBadRequest, "%s%v", where, err)
	}
	return nil
}

// Ask returns the message for the broker, still without tasks, or an Error that says what is
// wrong and what is accepted.
func (v Verb) Ask(c *Change) (*wire.Change, error) {
	m := &wire.Change{Do: dos[v], By: c.By, Text: c.Reason, Spec: new(journal.Spec)}
	edits := v == VerbEdit || v == VerbMove
	if err := checkWho(c.By, c.Reason); err != nil {
		return nil, err
	}
	switch {
	case !c.meansOne():
		return nil, Errorf(CodeBadRequest, "exactly one of ids, filter and all is accepted")
	case c.Filter != nil && c.Filter.IsZero():
		return nil, Errorf(CodeBadRequest, "filter: it is empty: \"all\": true in its place is accepted for every task")
	case edits != (c.Edit != nil):
		return nil, Errorf(CodeBadRequest, "edit: it is accepted for %s and %s, and needed for them", VerbEdit, VerbMove)
	case edits:
		if err := v.askEdit(m, c.Edit); err != nil {
			return nil, err
		}
	}
	if c.Filter != nil {
		m.Filter = c.Filter.expression()
		return m, v.CheckFilter(c.Filter)
	}
	return m, nil
}

// askEdit puts what is changed into what the broker is asked for.
func (v Verb) askEdit(m *wire.Change, e *Edit) error {
	if v == VerbMove && e.Worker == "" && e.Service == "" {
		return Errorf(CodeBadRequest, "edit: nobody to move to is named: only a worker or a service is accepted for %s", v)
	}
	edit, err := e.Message()
	switch {
	case err != nil:
		return err
	case v == VerbMove && len(edit.Options) > 0:
		return Errorf(CodeBadRequest, "edit: only a worker or a service is accepted for %s", v)
	}
	m.Target, m.Options, m.Spec = edit.Target, edit.Options, edit.Spec
	return nil
}

// meansOne tells whether the tasks are given in one way.
func (c *Change) meansOne() bool {
	ways := 0
	for _, given := range []bool{len(c.IDs) > 0, c.Filter != nil, c.All} {
		if given {
			ways++
		}
	}
	return ways == 1
}

// NewChangeRow returns the broker's row as a ChangeRow.
func NewChangeRow(r *wire.ChangeRow) ChangeRow {
	v := ChangeRow{
		ID: r.Task.String(), Before: stateName(r.Before), WasHeld: r.WasHeld, After: stateName(r.After), Held: r.Held, Changes: r.Changes,
	}
	if r.Code != 0 {
		v.Error = &Error{Code: r.Code.String(), Message: r.Text}
	}
	if !r.RetriedAs.IsZero() {
		v.RetriedAs = r.RetriedAs.String()
	}
	return v
}

// stateName is "" for that of a task that there is not.
func stateName(s journal.State) string {
	if s == 0 {
		return ""
	}
	return s.String()
}
