package filter

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"bcp/journal"
)

// Sorts of terms: each reads what stands after the name, and makes the test.

// equals adds a term with =, which holds if one of the values fits, or with !=, if none does.
func (f *Filter) equals(t *term, fits func(*journal.Task) bool) error {
	if err := t.accept("=", "!="); err != nil {
		return err
	}
	want := t.op == "="
	f.tests = append(f.tests, func(task *journal.Task, _ int64) bool { return fits(task) == want })
	return nil
}

// text is a term for texts that a task has; has tells whether one of them is
// meant.
func text(has func(t *journal.Task, is func(string) bool) bool) func(*Filter, *term) error {
	return func(f *Filter, t *term) error {
		return f.equals(t, func(task *journal.Task) bool { return has(task, t.any) })
	}
}

// task is text for the IDs of tasks: one that nobody can have means a mistake.
func task(has func(t *journal.Task, is func(string) bool) bool) func(*Filter, *term) error {
	return func(f *Filter, t *term) error {
		for i := range t.values {
			v := &t.values[i]
			id := strings.ToUpper(v.text)
			if v.prefix && len(id) < ulid.EncodedSize {
				id += strings.Repeat("0", ulid.EncodedSize-len(id))
			}
			if _, err := ulid.ParseStrict(id); err != nil {
				return fmt.Errorf("value %s: a task's ID of %d letters is accepted, or how it begins with a star behind", v, ulid.EncodedSize)
			}
			v.text = strings.ToUpper(v.text)
		}
		return text(has)(f, t)
	}
}

// number is a term for a number that a task has.
func number(of func(*journal.Task) int64) func(*Filter, *term) error {
	return func(f *Filter, t *term) error {
		if err := t.accept(operators...); err != nil {
			return err
		}
		wanted := make([]int64, 0, len(t.values))
		for _, p := range t.values {
			n, err := strconv.ParseInt(p.text, 10, 64)
			if err != nil || p.prefix {
				return fmt.Errorf("value %s: a whole number is accepted", p)
			}
			wanted = append(wanted, n)
		}
		if len(wanted) > 1 && t.op != "=" && t.op != "!=" {
			return fmt.Errorf("operator %s: one value is accepted after it", t.op)
		}
		f.tests = append(f.tests, func(task *journal.Task, _ int64) bool {
			fits := task.Spec != nil && anyNumber(of(task), t.op, wanted)
			return fits != (t.op == "!=")
		})
		return nil
	}
}

func anyNumber(n int64, op string, wanted []int64) bool {
	for _, w := range wanted {
		if n < w && (op == "<" || op == "<=") || n > w && (op == ">" || op == ">=") ||
			n == w && op != "<" && op != ">" {
			return true
		}
	}
	return false
}

// flag is a term for something that is so or not.
func flag(is test) func(*Filter, *term) error {
	return func(f *Filter, t *term) error {
		want := !t.not
		if t.op != "" {
			if err := t.accept("="); err != nil {
				return err
			}
			var err error
			if want, err = yes(t); err != nil {
				return err
			}
		}
		f.tests = append(f.tests, func(task *journal.Task, nowMS int64) bool { return is(task, nowMS) == want })
		return nil
	}
}

func yes(t *term) (bool, error) {
	if len(t.values) == 1 {
		switch t.values[0].String() {
		case "yes", "true":
			return true, nil
		case "no", "false":
			return false, nil
		}
	}
	return false, fmt.Errorf("%s, !%s, %s=yes or %s=no is accepted", t.name, t.name, t.name, t.name)
}

// Words for sets of states.
const (
	stateLive  = "live"
	stateEnded = "ended"
	stateAny   = "any"
)

func (f *Filter) addState(t *term) error {
	if err := t.accept("=", "!="); err != nil {
		return err
	}
	named := map[journal.State]bool{}
	for _, p := range t.values {
		if err := nameStates(named, p.String()); err != nil {
			return err
		}
	}
	before := f.states
	f.states = map[journal.State]bool{}
	for _, s := range journal.States {
		// Without a term for the state that says which ones, != is meant among all.
		f.states[s] = (before == nil || before[s]) && named[s] == (t.op == "=")
	}
	return nil
}

func nameStates(named map[journal.State]bool, word string) error {
	one, err := journal.ParseState(word)
	if err != nil && word != stateLive && word != stateEnded && word != stateAny {
		return fmt.Errorf("%w, or %s, %s, %s", err, stateLive, stateEnded, stateAny)
	}
	for _, s := range journal.States {
		if s == one || word == stateAny || word == stateLive && !s.Ended() || word == stateEnded && s.Ended() {
			named[s] = true
		}
	}
	return nil
}

func (f *Filter) addReason(t *term) error {
	if err := f.equals(t, func(task *journal.Task) bool { return t.any(task.Reason.String()) }); err != nil {
		return err
	}
	for _, p := range t.values {
		if _, err := journal.ParseReason(p.text); err != nil && !p.prefix {
			return err
		}
	}
	return nil
}

// only returns a term's value, of which there may be one.
func (t *term) only(what string) (string, error) {
	if len(t.values) != 1 || t.values[0].prefix {
		return "", fmt.Errorf("one %s is accepted", what)
	}
	return t.values[0].text, nil
}

// addAge reads age>2h, older-than=2h and newer-than=2h.
func (f *Filter) addAge(t *term) error {
	ops, older := []string{"="}, t.name == "older-than"
	if t.name == "age" {
		ops, older = []string{">", "<"}, t.op == ">"
	}
	if err := t.accept(ops...); err != nil {
		return err
	}
	text, err := t.only("duration")
	if err != nil {
		return err
	}
	ms, err := journal.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	if older {
		f.tests = append(f.tests, func(task *journal.Task, nowMS int64) bool { return task.SubmittedMS < nowMS-ms })
	} else {
		f.submittedSince(func(nowMS int64) int64 { return nowMS - ms })
	}
	return nil
}

// addMoment reads since=TIME and before=TIME, also with how long ago that was.
func (f *Filter) addMoment(t *term) error {
	if err := t.accept("="); err != nil {
		return err
	}
	text, err := t.only("time")
	if err != nil {
		return err
	}
	at, err := moment(text)
	if err != nil {
		return err
	}
	if t.name == "before" {
		f.tests = append(f.tests, func(task *journal.Task, nowMS int64) bool { return task.SubmittedMS < at(nowMS) })
	} else {
		f.submittedSince(at)
	}
	return nil
}

// moment reads a time, or a duration before now.
func moment(text string) (at func(nowMS int64) int64, err error) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return func(int64) int64 { return t.UnixMilli() }, nil
	}
	if ms, err := journal.ParseDuration(text); err == nil {
		return func(nowMS int64) int64 { return nowMS - ms }, nil
	}
	return nil, fmt.Errorf("%q: a time such as 2026-01-31T12:00:00Z, or a duration before now such as 2h or 7d, is accepted", text)
}

// submittedSince adds a term that a part of the journal need not be read for.
func (f *Filter) submittedSince(since func(nowMS int64) int64) {
	f.since = append(f.since, since)
	f.tests = append(f.tests, func(t *journal.Task, nowMS int64) bool { return t.SubmittedMS >= since(nowMS) })
}
