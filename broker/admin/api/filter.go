package api

import (
	"slices"
	"strings"

	"bcp/journal"
	"bcp/journal/filter"
)

// Filter says which tasks are meant: those for which all fields that are given hold. Without
// any it means all tasks that have not ended. Each field stands for a term of the filter
// language (package journal/filter), and Expr may have any terms of it.
type Filter struct {
	Expr    Given    `json:"filter,omitempty"`  // in the filter language
	States  []string `json:"states,omitempty"`  // in one of these states
	Worker  Given    `json:"worker,omitempty"`  // the worker of the current or last attempt, or the target
	Service Given    `json:"service,omitempty"` // the service that the task was submitted to
	Since   Given    `json:"since,omitempty"`   // submitted at this time or later: RFC 3339, or a duration before now such as 2h
	Before  Given    `json:"before,omitempty"`  // submitted before this time, likewise
	Held    bool     `json:"held,omitempty"`    // on hold
	Delayed bool     `json:"delayed,omitempty"` // not to be dispatched before a time that has not come
	Labels  []string `json:"labels,omitempty"`  // name or name=value: with all of these labels
	All     bool     `json:"all,omitempty"`     // also ended tasks, if no states are given
}

// StateCount says how many tasks are in a state: GET /v1/tasks/count.
type StateCount struct {
	State string `json:"state"`
	Tasks int    `json:"tasks"`
}

// IsZero tells whether no field is given.
func (f *Filter) IsZero() bool { return filter.IsBlank(f.expression()) }

// Compile parses the filter. The Error says what is wrong, and what is accepted.
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
	add("since="+filter.Quote(string(f.Since)), f.Since != "")
	add("before="+filter.Quote(string(f.Before)), f.Before != "")
	add("held", f.Held)
	add("delayed", f.Delayed)
	for _, l := range f.Labels {
		add("label="+filter.Quote(l), true)
	}
	return strings.Join(terms, " ")
}

// Sorts are the orders that a list may have. A leading minus reverses them. Only the first one
// is the order of the journal. For the others the list is sorted in memory (see SortMax).
var Sorts = []string{"submitted", "started", "ended", "state", "worker"}

// SortMax is the most tasks that are held in memory to sort a list.
const SortMax = 10_000

// List asks for tasks: GET /v1/tasks.
type List struct {
	Filter
	Sort   string // one of Sorts, with or without a leading minus; "" means submitted
	Limit  int    // at most so many tasks; 0 means all
	Cursor string // End.Cursor of the list before, to go on where it ended
	Array  string // only members of this task, also those that have not started
}

// Order returns the key to sort by, and whether the order is falling; or an Error that names
// the keys that are accepted.
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
