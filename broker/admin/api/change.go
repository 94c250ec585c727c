package api

import (
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// Verb is what many tasks can be asked for in one request: POST /v1/tasks/VERB.
type Verb string

// The verbs.
const (
	VerbCancel  Verb = "cancel"  // end tasks
	VerbHold    Verb = "hold"    // put pending tasks aside
	VerbRelease Verb = "release" // let tasks go on that were put aside
	VerbEdit    Verb = "edit"    // change what was asked for with tasks that have not ended
	VerbMove    Verb = "move"    // give pending tasks to another worker or service
	VerbRetry   Verb = "retry"   // try tasks again that have ended, or whose tries are used up; at once those that wait for their next try
	VerbDrop    Verb = "drop"    // give pending tasks up
)

// Change asks for the same of many tasks. One of these is given: IDs (or their unique
// prefixes or suffixes), a Filter that is not empty, or All. A filter, and All, take
// only tasks for which the verb does something, see Verb.Takes.
type Change struct {
	IDs    []string `json:"ids,omitempty"`
	Filter *Filter  `json:"filter,omitempty"`
	All    bool     `json:"all,omitempty"` // every task that has not ended
	By     string   `json:"by"`            // who asks; kept with the task
	Reason string   `json:"reason,omitempty"`
	DryRun bool     `json:"dry_run,omitempty"` // only list what would be done
	Edit   *Edit    `json:"edit,omitempty"`    // of an edit or a move: what is changed
}

// ChangeRow tells what became of one task.
type ChangeRow struct {
	ID      string `json:"id"`
	Before  string `json:"before,omitempty"` // state when the request came to it
	WasHeld bool   `json:"was_held,omitempty"`
	After   string `json:"after,omitempty"` // state afterwards
	Held    bool   `json:"held,omitempty"`  // put aside afterwards
	Error   *Error `json:"error,omitempty"` // why it was not done

	Changes   []string `json:"changes,omitempty"`    // of an edit or a move: what is changed, from what to what
	RetriedAs string   `json:"retried_as,omitempty"` // of a retry: the task that was made, whose state is After
}

// dos are the verbs as the broker is asked for them.
var dos = map[Verb]wire.ChangeDo{
	VerbCancel: wire.ChangeCancel, VerbHold: wire.ChangeHold, VerbRelease: wire.ChangeRelease, VerbEdit: wire.ChangeEdit,
	VerbMove: wire.ChangeMove, VerbRetry: wire.ChangeRetry, VerbDrop: wire.ChangeDrop,
}

// Takes tells whether the verb does something to a task that is as this one is.
func (v Verb) Takes(t *journal.Task) bool {
	return broker.Changes(dos[v], t, time.Now().UnixMilli())
}

// CheckFilter tells whether a filter can take tasks for the verb. The Error
// names the states that are accepted.
func (v Verb) CheckFilter(f *Filter) error {
	compiled, err := f.Compile()
	if err != nil {
		return err
	}
	if f.All && len(f.States) == 0 && v != VerbRetry {
		return Errorf(CodeBadRequest, "all: there is nothing to %s in tasks that have ended", v)
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

// Ask returns what the broker is asked for, without the tasks, or an Error that says what
// is wrong and what is accepted.
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

// NewChangeRow returns the row as the API shows it.
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
