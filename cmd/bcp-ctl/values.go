package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// momentValue is a flag for a moment: RFC 3339, or a duration before now.
type momentValue api.Time

func (v *momentValue) String() string { return api.Time(*v).String() }

func (v *momentValue) Set(s string) error {
	return parseMoment((*api.Time)(v), s, -1, "before")
}

func (*momentValue) Type() string { return "time" }

// parseMoment reads a time, or a duration before (-1) or from (+1) now.
func parseMoment(at *api.Time, s string, sign time.Duration, side string) error {
	if ms, err := journal.ParseDuration(s); err == nil {
		*at = api.TimeOf(time.Now().Add(sign * time.Duration(ms) * time.Millisecond))
		return nil
	}
	if err := at.UnmarshalText([]byte(s)); err != nil {
		return fmt.Errorf("%q: a time such as 2026-01-31T12:00:00Z, or a duration %s now such as 2h or 7d, is accepted", s, side)
	}
	return nil
}

// statesValue is a repeatable flag for states; a comma parts them, too.
type statesValue struct{ names *[]string }

func (v statesValue) String() string {
	if v.names == nil {
		return ""
	}
	return strings.Join(*v.names, ",")
}

func (v statesValue) Set(s string) error {
	for name := range strings.SplitSeq(s, ",") {
		if _, err := journal.ParseState(name); err != nil {
			return fmt.Errorf("%q: %w", s, err)
		}
		*v.names = append(*v.names, name)
	}
	return nil
}

func (statesValue) Type() string { return "state" }

// labelsValue is a repeatable flag for labels.
type labelsValue struct{ labels *map[string]string }

func (v labelsValue) String() string {
	if v.labels == nil {
		return ""
	}
	return labelsText(*v.labels, ",")
}

func (v labelsValue) Set(s string) error {
	label := optionValue{option: journal.OptionNamed("label"), spec: new(journal.Spec)}
	if err := label.Set(s); err != nil {
		return err
	}
	name, value, _ := strings.Cut(s, "=")
	if _, twice := (*v.labels)[name]; twice {
		return fmt.Errorf("%q: each is accepted once", s)
	}
	if *v.labels == nil {
		*v.labels = map[string]string{}
	}
	(*v.labels)[name] = value
	return nil
}

func (labelsValue) Type() string { return "label" }

// agoValue is a flag for a moment that is so long ago.
type agoValue api.Time

func (v *agoValue) String() string { return api.Time(*v).String() }

func (v *agoValue) Set(s string) error {
	ms, err := journal.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q: %w", s, err)
	}
	*v = agoValue(api.TimeOf(time.Now().Add(-time.Duration(ms) * time.Millisecond)))
	return nil
}

func (*agoValue) Type() string { return "duration" }

// addFilter adds the flags of a filter, which every command has that takes one.
func addFilter(f *pflag.FlagSet, to *api.Filter) {
	f.StringVar((*string)(&to.Expr), "filter", "", "only tasks for which this `expression` holds: see the help of tasks list")
	f.Var(statesValue{&to.States}, "state", "only tasks in this state; repeatable")
	f.StringVar((*string)(&to.Worker), "worker", "", "only tasks for or last at the worker of this `name`")
	f.StringVar((*string)(&to.Service), "service", "", "only tasks for the service of this `name`")
	f.BoolVar(&to.Held, "held", false, "only tasks that are put aside")
	f.BoolVar(&to.Delayed, "delayed", false, "only tasks that wait for their time")
	f.StringArrayVar(&to.Labels, "label", nil, "only tasks with this label, `name` or name=value; repeatable: all of them")
	f.Var((*momentValue)(&to.Since), "since", "only tasks submitted since this time, or this long ago")
	f.Var((*agoValue)(&to.Before), "older-than", "only tasks submitted longer ago than this")
	f.Var((*agoValue)(&to.Since), "newer-than", "only tasks submitted no longer ago than this")
}
