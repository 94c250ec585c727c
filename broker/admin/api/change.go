package api

import (
	"slices"
	"strings"

	"bcp/journal"
)

// Verb is what many tasks can be asked for in one request: POST /v1/tasks/VERB.
type Verb string

// The verbs.
const (
	VerbCancel  Verb = "cancel"  // end tasks
	VerbHold    Verb = "hold"    // put pending tasks aside
	VerbRelease Verb = "release" // let tasks go on that were put aside
)

// Change asks for the same of many tasks. Either IDs (or their unique prefixes
// or suffixes) or a Filter is given. A filter takes only tasks for which the
// verb does something, see Verb.Takes.
type Change struct {
	IDs    []string `json:"ids,omitempty"`
	Filter *Filter  `json:"filter,omitempty"`
	By     string   `json:"by"` // who asks; kept with the task
	Reason string   `json:"reason,omitempty"`
	DryRun bool     `json:"dry_run,omitempty"` // only list what would be done
}

// ChangeRow tells what became of one task.
type ChangeRow struct {
	ID      string `json:"id"`
	Before  string `json:"before,omitempty"` // state when the request came to it
	WasHeld bool   `json:"was_held,omitempty"`
	After   string `json:"after,omitempty"` // state afterwards
	Held    bool   `json:"held,omitempty"`  // put aside afterwards
	Error   *Error `json:"error,omitempty"` // why it was not done
}

// states are those in which the verb can do something to a task.
func (v Verb) states() []journal.State {
	if v == VerbCancel {
		return []journal.State{journal.Pending, journal.Dispatched, journal.Running, journal.Canceling}
	}
	return []journal.State{journal.Pending}
}

// Takes tells whether the verb does something to a task that is as this one is.
func (v Verb) Takes(t *journal.Task) bool {
	switch v {
	case VerbHold:
		return t.State == journal.Pending && !t.Held
	case VerbRelease:
		return t.Held
	}
	return !t.State.Ended()
}

// CheckFilter tells whether a filter can take tasks for the verb. The Error
// names the states that are accepted.
func (v Verb) CheckFilter(f *Filter) error {
	compiled, err := f.Compile()
	if err != nil {
		return err
	}
	if f.All && len(f.States) == 0 {
		return Errorf(CodeBadRequest, "all: there is nothing to %s in tasks that have ended", v)
	}
	var accepted []string
	for _, s := range v.states() {
		accepted = append(accepted, s.String())
	}
	for _, s := range compiled.States() {
		if compiled.NamesStates() && !slices.Contains(v.states(), s) {
			return Errorf(CodeBadRequest, "state %q: there is nothing to %s then; %s is accepted", s, v, strings.Join(accepted, ", "))
		}
	}
	return nil
}

// Plan tells what would become of a task.
func (v Verb) Plan(t *journal.Task) ChangeRow {
	state := t.State.String()
	row := ChangeRow{ID: t.ID.String(), Before: state, WasHeld: t.Held, After: state, Held: t.Held}
	switch {
	case v == VerbHold && t.State != journal.Pending:
		row.Error = Errorf(CodeNotAllowed, "task %s is %s: only a pending task can be held", t.ID, t.State)
	case v == VerbHold:
		row.Held = true
	case v == VerbRelease:
		row.Held = false
	case t.State == journal.Pending:
		row.After, row.Held = journal.Canceled.String(), false
	case !t.State.Ended():
		row.After = journal.Canceling.String()
	}
	return row
}
