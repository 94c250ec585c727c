package filter

import (
	"fmt"

	"bcp/journal"
)

// Limits of an expression.
const (
	BytesMax = 8 << 10 // bytes of text: as many as a text in BCP/2 may have
	TermsMax = 64      // terms: each is tried on every task that is read
)

// Filter is an expression that was parsed. The zero value matches all tasks that have not
// ended.
type Filter struct {
	text   string
	tests  []test
	states map[journal.State]bool // nil: those that have not ended
	since  []func(nowMS int64) int64
}

// test tells whether a term holds for a task.
type test func(t *journal.Task, nowMS int64) bool

// Parse parses an expression. One without terms matches all tasks that have not ended. The
// error names the term that is wrong, and what is accepted.
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

// Match tells whether the task matches at the time nowMS, in Unix milliseconds.
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

// NamesStates tells whether the expression has a term for the state.
func (f *Filter) NamesStates() bool { return f.states != nil }

// States returns the states in which a task can match.
func (f *Filter) States() (states []journal.State) {
	for _, s := range journal.States {
		if f.meansState(s) {
			states = append(states, s)
		}
	}
	return states
}

// Parts tells whether tasks that have not ended can match, and whether ended tasks can.
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

// SinceMS returns the earliest time of the submit, in Unix milliseconds, at which a task can
// match at the time nowMS; 0 if there is no such bound.
func (f *Filter) SinceMS(nowMS int64) int64 {
	from := int64(0)
	for _, since := range f.since {
		from = max(from, since(nowMS))
	}
	return from
}
