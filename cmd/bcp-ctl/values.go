package main

import (
	"fmt"
	"strings"
	"time"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// parseMoment reads a time, or a duration from now.
func parseMoment(s string) (at api.Time, err error) {
	if ms, err := journal.ParseDuration(s); err == nil {
		return api.TimeOf(time.Now().Add(time.Duration(ms) * time.Millisecond)), nil
	}
	if err := at.UnmarshalText([]byte(s)); err != nil {
		return at, fmt.Errorf("%q: a time such as 2026-01-31T12:00:00Z, or a duration from now such as 2h or 7d, is accepted", s)
	}
	return at, nil
}

// statesValue is a repeatable flag for states; a comma parts them, too.
type statesValue struct{ names *[]string }

func (v statesValue) String() string { return strings.Join(*v.names, ",") }

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

func (v labelsValue) String() string { return labelsText(*v.labels, ",") }

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
