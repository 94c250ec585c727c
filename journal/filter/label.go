package filter

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"bcp/journal"
)

// labelName returns the name of the label in label.NAME.
func (t *term) labelName() (string, bool) { return strings.CutPrefix(t.name, "label.") }

// addLabel reads label.NAME=VALUE.
func (f *Filter) addLabel(t *term, name string) error {
	if name == "" {
		return errors.New("the label's name is missing: label.NAME=VALUE is accepted")
	}
	if t.op == "" { // the name alone: that there is such a label
		f.tests = append(f.tests, func(task *journal.Task, _ int64) bool {
			return hasLabel(task, name, func(string) bool { return true }) != t.not
		})
		return nil
	}
	return f.equals(t, func(task *journal.Task) bool { return hasLabel(task, name, t.any) })
}

// addLabels reads label=NAME and label=NAME=VALUE.
func (f *Filter) addLabels(t *term) error {
	err := f.equals(t, func(task *journal.Task) bool {
		return slices.ContainsFunc(t.values, func(p pattern) bool { return isLabelled(task, p) })
	})
	if err != nil {
		return err
	}
	for _, p := range t.values {
		if name, _, _ := strings.Cut(p.text, "="); name == "" {
			return fmt.Errorf("value %s: a label's name, or name=value, is accepted", p)
		}
	}
	return nil
}

func isLabelled(t *journal.Task, p pattern) bool {
	name, value, ok := strings.Cut(p.text, "=")
	if !ok {
		return t.Spec != nil && slices.ContainsFunc(t.Spec.Labels, func(l string) bool {
			n, _, _ := strings.Cut(l, "=")
			return p.matches(n)
		})
	}
	return hasLabel(t, name, pattern{value, p.prefix}.matches)
}

// hasLabel tells whether a task has a label of that name, with such a value.
func hasLabel(t *journal.Task, name string, is func(string) bool) bool {
	return t.Spec != nil && slices.ContainsFunc(t.Spec.Labels, func(l string) bool {
		n, v, _ := strings.Cut(l, "=")
		return n == name && is(v)
	})
}
