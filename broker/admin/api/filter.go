package api

import (
	"slices"
	"strings"

	"bcp/journal"
	"bcp/journal/filter"
)

// Filter says which tasks are meant. All that is given must hold; nothing
// given means all tasks that have not ended. Each field is a term of the filter
// language, see journal/filter; Expr has any terms of it.
type Filter struct {
	Expr    Given    `json:"filter,omitempty"`  // in the filter language
	States  []string `json:"states,omitempty"`  // any of these
	Worker  Given    `json:"worker,omitempty"`  // of the current or last attempt, or asked for
	Service Given    `json:"service,omitempty"` // that the task was submitted to
	Since   Time     `json:"since,omitzero"`    // submitted at or after
	Before  Time     `json:"before,omitzero"`   // submitted before
	Held    bool     `json:"held,omitempty"`    // put aside
	Delayed bool     `json:"delayed,omitempty"` // waiting for their time
	Labels  []string `json:"labels,omitempty"`  // name or name=value: all of these
	All     bool     `json:"all,omitempty"`     // ended ones too, where no states are given
}

// StateCount is how many tasks are in a state: GET /v1/tasks/count.
type StateCount struct {
	State string `json:"state"`
	Tasks int    `json:"tasks"`
}

// IsZero tells whether nothing is given.
func (f *Filter) IsZero() bool { return filter.IsBlank(f.expression()) }

// Compile reads the filter. The Error names what is wrong, and what is accepted.
func (f *Filter) Compile() (*filter.Filter, error) {
	for _, name := range f.States {
		if _, err := journal.ParseState(name); err != nil {
			return nil, Errorf(CodeBadRequest, "state: %v", err)
		}
	}
	if err := checkLabels(f.Labels); err != nil {
		return nil, err
	}
	compiled, err := filter.Parse(f.expression())
	if err != nil {
		return nil, Errorf(CodeBadRequest, "%v", err)
	}
	return compiled, nil
}

// expression writes the filter in its language.
func (f *Filter) expression() string {
	var terms []string
	add := func(term string, on bool) {
		if on {
			terms = append(terms, term)
		}
	}
	add(string(f.Expr), f.Expr != "")
	add("state="+strings.Join(f.States, ","), len(f.States) > 0)
	add("state=any", f.All && len(f.States) == 0)
	add("worker="+filter.Quote(string(f.Worker)), f.Worker != "")
	add("service="+filter.Quote(string(f.Service)), f.Service != "")
	add("since="+f.Since.String(), !f.Since.IsZero())
	add("before="+f.Before.String(), !f.Before.IsZero())
	add("held", f.Held)
	add("delayed", f.Delayed)
	for _, l := range f.Labels {
		add("label="+filter.Quote(l), true)
	}
	return strings.Join(terms, " ")
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
	Array  string // only members of this task, also those that have not started and so have no row
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
