package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/journal/filter"
)

// addFilter adds the flags of a filter, which every command has that takes one. All that
// is given has to hold, and of several states one: none takes the place of one before it.
func addFilter(f *pflag.FlagSet, to *api.Filter) {
	addExpression(f, &to.Expr, "only tasks for which this `expression` holds: see the help of tasks list")
	f.Var(statesValue{&to.States}, "state", "only tasks in this state; repeatable: any of them")
	f.Var(oneValue{&to.Worker, either("worker")}, "worker", "only tasks for or last at the worker of this `name`")
	f.Var(oneValue{&to.Service, either("service")}, "service", "only tasks for the service of this `name`")
	addOnly(f, &to.Held, "held", "only tasks that are put aside")
	addOnly(f, &to.Delayed, "delayed", "only tasks that wait for their time")
	f.StringArrayVar(&to.Labels, "label", nil, "only tasks with this label, `name` or name=value; repeatable: all of them")
	addTerm(f, &to.Expr, "since", "time", "only tasks submitted at this `time` or later, or since so long ago")
	addTerm(f, &to.Expr, "older-than", "duration", "only tasks submitted longer ago than this")
	addTerm(f, &to.Expr, "newer-than", "duration", "only tasks submitted no longer ago than this")
}

// addExpression adds --filter.
func addExpression(f *pflag.FlagSet, to *api.Given, usage string) {
	f.Var(expressionValue{to}, "filter", usage)
}

// expressionValue is a flag for an expression of the filter language. Several are one.
type expressionValue struct{ expr *api.Given }

func (v expressionValue) String() string { return string(*v.expr) }

func (v expressionValue) Set(s string) error {
	if s == "" {
		return errEmpty
	}
	if _, err := filter.Parse(s); err != nil { // alone: a quote would end in the next one
		return behindFlag(err)
	}
	v.add(s)
	return nil
}

// add adds an expression that was parsed.
func (v expressionValue) add(s string) {
	if before := string(*v.expr); before != "" {
		s = before + " " + s
	}
	*v.expr = api.Given(s)
}

// behindFlag is an error of a filter as it is told behind the flag's name.
func behindFlag(err error) error { return errors.New(strings.TrimPrefix(err.Error(), "filter ")) }

func (expressionValue) Type() string { return "expression" }

// errEmpty refuses the mark of a variable that a script has not set.
var errEmpty = errors.New(`"": a value that is not empty is accepted`)

// oneValue is a flag for what a task has one of.
type oneValue struct {
	given   *api.Given
	instead string // of more than one
}

// either is what is given instead of a flag twice.
func either(term string) string { return ": --filter " + term + "=NAME,NAME means either" }

func (v oneValue) String() string { return string(*v.given) }

func (v oneValue) Set(s string) error {
	switch before := string(*v.given); {
	case s == "":
		return errEmpty
	case before != "" && before != s:
		return fmt.Errorf("%q: one is accepted, and %q is given as well%s", s, before, v.instead)
	}
	*v.given = api.Given(s)
	return nil
}

func (oneValue) Type() string { return "name" }

// addOnly adds a flag for tasks of which something holds.
func addOnly(f *pflag.FlagSet, to *bool, name, usage string) {
	addSwitch(f, onlyValue{to, "--filter !" + name + " means all others"}, name, usage)
}

// addSwitch adds a flag that needs no value.
func addSwitch(f *pflag.FlagSet, v onlyValue, name, usage string) {
	f.VarPF(v, name, "", usage).NoOptDefVal = "true"
}

// onlyValue is a switch that can't be turned off: --held=false, say, would be taken for
// the tasks that are not held, and mean all.
type onlyValue struct {
	on      *bool
	instead string
}

func (v onlyValue) String() string { return strconv.FormatBool(*v.on) }

func (v onlyValue) Set(s string) error {
	if on, err := strconv.ParseBool(s); err != nil || !on {
		return fmt.Errorf("%q: true is accepted; %s", s, v.instead)
	}
	*v.on = true
	return nil
}

// Type is that of a flag which pflag shows as a switch, and which says itself what it accepts.
func (onlyValue) Type() string { return "boolfunc" }

// addTerm adds a flag that is a term of the filter language, so that it means what the term
// does: also how long ago something was is counted by the clock that counts it for a term.
func addTerm(f *pflag.FlagSet, to *api.Given, name, kind, usage string) {
	f.Var(&termValue{to: to, name: name, kind: kind}, name, usage)
}

// termValue is a flag for a term of the filter language. Of several all must hold.
type termValue struct {
	to   *api.Given
	name string
	kind string
	text string // as it was given last
}

func (v *termValue) String() string { return v.text }

func (v *termValue) Set(s string) error {
	term := v.name + "=" + filter.Quote(s)
	if _, err := filter.Parse(term); err != nil {
		return cmp.Or(errors.Unwrap(err), behindFlag(err)) // what is wrong with the term, or with the whole
	}
	v.text = s
	expressionValue{v.to}.add(term)
	return nil
}

func (v *termValue) Type() string { return v.kind }
