package api

import (
	"slices"
	"strings"
	"time"

	"bcp/journal"
)

// Filter says which tasks are meant. All that is given must hold; nothing
// given means all tasks that have not ended.
type Filter struct {
	States  []string `json:"states,omitempty"`  // any of these
	Worker  string   `json:"worker,omitempty"`  // of the current or last attempt, or asked for
	Service string   `json:"service,omitempty"` // that the task was submitted to
	Since   Time     `json:"since,omitzero"`    // submitted at or after
	Before  Time     `json:"before,omitzero"`   // submitted before
	Held    bool     `json:"held,omitempty"`    // put aside
	Delayed bool     `json:"delayed,omitempty"` // waiting for their time
	Labels  []string `json:"labels,omitempty"`  // name or name=value: all of these
	All     bool     `json:"all,omitempty"`     // ended ones too, where no states are given
}

// Check tells whether the states have known names and the labels can be any.
func (f *Filter) Check() error {
	for _, name := range f.States {
		if _, err := journal.ParseState(name); err != nil {
			return Errorf(CodeBadRequest, "state: %v", err)
		}
	}
	return checkLabels(f.Labels)
}

// Parts tells whether tasks that have not ended, and tasks that have, can match.
func (f *Filter) Parts() (live, ended bool) {
	if len(f.States) == 0 {
		return true, f.All
	}
	for _, name := range f.States {
		if s, err := journal.ParseState(name); err == nil {
			live, ended = live || !s.Ended(), ended || s.Ended()
		}
	}
	return live, ended
}

// Match tells whether the task is meant.
func (f *Filter) Match(t *journal.Task) bool {
	switch {
	case len(f.States) > 0 && !slices.Contains(f.States, t.State.String()):
		return false
	case len(f.States) == 0 && !f.All && t.State.Ended():
		return false
	case !f.Since.IsZero() && t.SubmittedMS < int64(f.Since):
		return false
	case !f.Before.IsZero() && t.SubmittedMS >= int64(f.Before):
		return false
	case f.Worker != "" && !hasWorker(t, f.Worker):
		return false
	case f.Held && !t.Held:
		return false
	case f.Delayed && !delayed(t):
		return false
	case f.Service != "" && !hasTarget(t, journal.ToService, f.Service):
		return false
	case !hasLabels(t, f.Labels):
		return false
	}
	return true
}

// delayed tells whether a task waits for its time. One that is held as well
// waits for both.
func delayed(t *journal.Task) bool {
	return t.State == journal.Pending && t.NotBeforeMS > time.Now().UnixMilli()
}

func hasWorker(t *journal.Task, name string) bool {
	return t.Worker == name || hasTarget(t, journal.ToWorker, name)
}

func hasTarget(t *journal.Task, kind journal.TargetKind, name string) bool {
	return t.Spec != nil && t.Spec.Target == journal.Target{Kind: kind, Name: name}
}

// Sorts are the orders of a list. A leading minus turns each around. Only the
// first is the journal's own; the others are made in memory, see SortMax.
var Sorts = []string{"submitted", "started", "ended", "state", "worker"}

// SortMax bounds the tasks that are held in memory to sort them by anything
// but the time of their submission.
const SortMax = 10_000

// List asks for tasks: GET /v1/tasks.
type List struct {
	Filter
	Sort   string // of Sorts; "" means submitted
	Limit  int    // at most so many; 0 means all
	Cursor string // End.Cursor of the list before, to go on from there
}

// Order returns the key to sort by and whether it is falling, or an Error
// that names the accepted ones.
func (l *List) Order() (key string, falling bool, err error) {
	key, falling = strings.CutPrefix(l.Sort, "-")
	if key == "" && !falling {
		return Sorts[0], false, nil
	}
	if !slices.Contains(Sorts, key) {
		return "", false, Errorf(CodeBadRequest, "sort %q: one of %s is accepted, or with a leading minus for the reverse",
			l.Sort, strings.Join(Sorts, ", "))
	}
	return key, falling, nil
}
