package api

import (
	"slices"
	"strings"
	"time"

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

// Change asks for the same of many tasks. Either IDs (or their unique prefixes
// or suffixes) or a Filter is given. A filter takes only tasks for which the
// verb does something, see Verb.Takes.
type Change struct {
	IDs    []string `json:"ids,omitempty"`
	Filter *Filter  `json:"filter,omitempty"`
	By     string   `json:"by"` // who asks; kept with the task
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

// states are those in which the verb can do something to a task.
func (v Verb) states() []journal.State {
	switch v {
	case VerbCancel, VerbEdit:
		return []journal.State{journal.Pending, journal.Dispatched, journal.Running, journal.Canceling}
	case VerbRetry:
		return []journal.State{journal.Pending, journal.Done, journal.Failed, journal.Canceled}
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
	case VerbMove, VerbDrop:
		return t.State == journal.Pending
	case VerbRetry:
		return t.State.Ended() || t.Exhausted || t.BetweenTries(time.Now().UnixMilli())
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
	if f.All && len(f.States) == 0 && v != VerbRetry {
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

// Plan tells what would become of a task. An edit says what is changed, for the
// verbs that change something.
func (v Verb) Plan(t *journal.Task, edit *wire.Edit) ChangeRow {
	state := t.State.String()
	row := ChangeRow{ID: t.ID.String(), Before: state, WasHeld: t.Held, After: state, Held: t.Held}
	var err error
	switch v {
	case VerbHold:
		row.Held, err = true, onlyPending("held", t)
	case VerbRelease:
		row.Held = false
	case VerbEdit, VerbMove:
		row.Changes, err = planEdit(t, edit)
	case VerbRetry:
		err = row.planRetry(t)
	case VerbDrop:
		err = row.planDrop(t)
	default:
		row.planCancel(t)
	}
	if err != nil {
		row.Error = ErrorOf(err)
		row.After, row.Held = row.Before, row.WasHeld
	}
	return row
}

func onlyPending(done string, t *journal.Task) error {
	if t.State != journal.Pending {
		return Errorf(CodeNotAllowed, "task %s is %s: only a pending task can be %s", t.ID, t.State, done)
	}
	return nil
}

func (r *ChangeRow) planCancel(t *journal.Task) {
	switch {
	case t.State == journal.Pending:
		r.After, r.Held = journal.Canceled.String(), false
	case !t.State.Ended():
		r.After = journal.Canceling.String()
	}
}

func (r *ChangeRow) planRetry(t *journal.Task) error {
	if !VerbRetry.Takes(t) {
		return Errorf(CodeNotAllowed, "task %s is %s: one that has ended, waits for its next try, or was put aside when its tries were used up, can be retried", t.ID, t.State)
	}
	r.After, r.Held = journal.Pending.String(), false
	return nil
}

func (r *ChangeRow) planDrop(t *journal.Task) error {
	switch {
	case t.State.Ended():
		return nil
	case t.Exhausted:
		r.After, r.Held = journal.Failed.String(), false
		return nil
	}
	r.After, r.Held = journal.Canceled.String(), false
	return onlyPending("dropped", t)
}
