package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/journal"
)

// parseDuration reads a Go duration or whole days, such as 90s, 2h30m, 7d.
func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(n) * 24 * time.Hour
		if n > wire.MaxTimeoutMS/(24*3600*1000) {
			return 0, fmt.Errorf("%q: at most ten years are accepted", s)
		}
	}
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q: a duration such as 90s, 2h30m or 7d is accepted", s)
	}
	return d, nil
}

// millisecondsValue is a flag for a duration of whole milliseconds.
type millisecondsValue int64

// milliseconds adds a flag for a duration of whole milliseconds, 0 for none.
func milliseconds(f *pflag.FlagSet, p *int64, name, usage string) {
	f.Var((*millisecondsValue)(p), name, usage)
}

func (v *millisecondsValue) String() string {
	if *v == 0 {
		return ""
	}
	return (time.Duration(*v) * time.Millisecond).String()
}

func (v *millisecondsValue) Set(s string) error {
	d, err := parseDuration(s)
	if err != nil {
		return err
	}
	if d%time.Millisecond != 0 {
		return fmt.Errorf("%q: whole milliseconds are accepted", s)
	}
	*v = millisecondsValue(d.Milliseconds())
	return nil
}

func (*millisecondsValue) Type() string { return "duration" }

// momentValue is a flag for a moment: RFC 3339, or a duration before now.
type momentValue api.Time

func (v *momentValue) String() string { return api.Time(*v).String() }

func (v *momentValue) Set(s string) error {
	return parseMoment((*api.Time)(v), s, -1, "before")
}

func (*momentValue) Type() string { return "time" }

// laterValue is a flag for a moment to come: RFC 3339, or a duration from now.
type laterValue api.Time

func (v *laterValue) String() string { return api.Time(*v).String() }

func (v *laterValue) Set(s string) error { return parseMoment((*api.Time)(v), s, +1, "from") }

func (*laterValue) Type() string { return "time" }

// parseMoment reads a time, or a duration before (-1) or from (+1) now.
func parseMoment(at *api.Time, s string, sign time.Duration, side string) error {
	if d, err := parseDuration(s); err == nil {
		*at = api.TimeOf(time.Now().Add(sign * d))
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
	name, value, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return fmt.Errorf("%q: name=value is accepted", s)
	}
	if _, twice := (*v.labels)[name]; twice {
		return fmt.Errorf("%q: each name is accepted once", s)
	}
	if *v.labels == nil {
		*v.labels = map[string]string{}
	}
	(*v.labels)[name] = value
	return nil
}

func (labelsValue) Type() string { return "label" }

// addFilter adds the flags of a filter that list and cancel share.
func addFilter(f *pflag.FlagSet, filter *api.Filter) {
	f.Var(statesValue{&filter.States}, "state", "only tasks in this state; repeatable")
	f.StringVar(&filter.Worker, "worker", "", "only tasks for or last at the worker of this `name`")
	f.StringVar(&filter.Service, "service", "", "only tasks for the service of this `name`")
	f.BoolVar(&filter.Held, "held", false, "only tasks that are put aside")
	f.BoolVar(&filter.Delayed, "delayed", false, "only tasks that wait for their time")
	f.StringArrayVar(&filter.Labels, "label", nil, "only tasks with this label, `name` or name=value; repeatable: all of them")
	f.Var((*momentValue)(&filter.Since), "since", "only tasks submitted since this time, or this long ago")
}
