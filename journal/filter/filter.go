package filter

import (
	"fmt"

	"bcp/journal"
)

// Limits of an expression.
const (
	BytesMax = 8 << 10 // of text: what a message of BCP/2 has room for
	TermsMax = 64      // each is tried on every task that is read
)

// Filter is an expression that has been read. The zero value means all tasks
// that have not ended.
type Filter struct {
	text   string
	tests  []test
	states map[journal.State]bool // nil: those that have not ended
	since  []func(nowMS int64) int64
}

// test tells whether a term holds for a task.
type test func(t *journal.Task, nowMS int64) bool

// Parse reads an expression; one without terms means all tasks that have not
// ended. The error names the term that is wrong, and what is accepted.
func Parse(text string) (*Filter, error) {
	if len(text) > BytesMax {
		return nil, fmt.Errorf("filter has %d bytes: at most %d are accepted", len(text), BytesMax)
	}
	terms, err := split(text)
	if err != nil {
		return nil, err
	}
	if len(terms) > TermsMax {
		return nil, fmt.Errorf("filter has %d terms: at most %d are accepted", len(terms), TermsMax)
	}
	f := &Filter{text: text}
	for i := range terms {
		if err := f.add(&terms[i]); err != nil {
			return nil, fmt.Errorf("filter term %s: %w", terms[i].text, err)
		}
	}
	return f, nil
}

func (f *Filter) add(t *term) error {
	name, label := t.labelName()
	if label {
		return f.addLabel(t, name)
	}
	for i := range names {
		if names[i].name == t.name {
			return names[i].add(f, t)
		}
	}
	return fmt.Errorf("%q is not known: one of %s is accepted", t.name, Names())
}

// String returns the expression as it was given.
func (f *Filter) String() string { return f.text }

// Match tells whether a task is meant. Ages are counted up to now, Unix
// milliseconds.
func (f *Filter) Match(t *journal.Task, nowMS int64) bool {
	if !f.meansState(t.State) {
		return false
	}
	for _, holds := range f.tests {
		if !holds(t, nowMS) {
			return false
		}
	}
	return true
}

func (f *Filter) meansState(s journal.State) bool {
	if f.states == nil {
		return !s.Ended()
	}
	return f.states[s]
}

// NamesStates tells whether a term says which states are meant.
func (f *Filter) NamesStates() bool { return f.states != nil }

// States lists the states in which a task can match.
func (f *Filter) States() (states []journal.State) {
	for _, s := range journal.States {
		if f.meansState(s) {
			states = append(states, s)
		}
	}
	return states
}

// Parts tells whether tasks that have not ended, and tasks that have, can match.
func (f *Filter) Parts() (live, ended bool) {
	for _, s := range f.States() {
		live, ended = live || !s.Ended(), ended || s.Ended()
	}
	return live, ended
}

// endedAs returns the state in which a task has to have ended to match, if it is one; 0
// for several, or none.
func (f *Filter) endedAs() (state journal.State) {
	for _, s := range f.States() {
		switch {
		case !s.Ended():
		case state != 0:
			return 0
		default:
			state = s
		}
	}
	return state
}

// SinceMS returns since when a task has to have been submitted to match, in Unix
// milliseconds; 0 if any time will do.
func (f *Filter) SinceMS(nowMS int64) int64 {
	from := int64(0)
	for _, since := range f.since {
		from = max(from, since(nowMS))
	}
	return from
}
