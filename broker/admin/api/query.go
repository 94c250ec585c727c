package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// listParameters are the query parameters of GET /v1/tasks.
var listParameters = []string{"filter", "state", "worker", "service", "since", "before", "held", "delayed", "label", "all", "array", "sort", "limit", "cursor"}

// Values returns the query parameters that ask for the list.
func (l *List) Values() url.Values {
	v := url.Values{}
	for _, s := range l.States {
		v.Add("state", s)
	}
	for _, l := range l.Labels {
		v.Add("label", l)
	}
	put := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	put("filter", string(l.Expr))
	put("worker", string(l.Worker))
	put("service", string(l.Service))
	put("since", string(l.Since))
	put("before", string(l.Before))
	put("array", l.Array)
	put("sort", l.Sort)
	put("cursor", l.Cursor)
	set := func(name string, on bool) {
		if on {
			v.Set(name, "true")
		}
	}
	set("held", l.Held)
	set("delayed", l.Delayed)
	set("all", l.All)
	if l.Limit > 0 {
		v.Set("limit", strconv.Itoa(l.Limit))
	}
	return v
}

// ParseList is the inverse of List.Values. For an unknown name or a bad value it returns an
// Error that says what is accepted.
func ParseList(v url.Values) (List, error) {
	if err := CheckParameters(v, listParameters...); err != nil {
		return List{}, err
	}
	l := List{Sort: v.Get("sort"), Cursor: v.Get("cursor"), Array: v.Get("array")}
	l.Expr = Given(v.Get("filter"))
	l.States, l.Labels, l.Worker, l.Service = v["state"], v["label"], Given(v.Get("worker")), Given(v.Get("service"))
	l.Since, l.Before = Given(v.Get("since")), Given(v.Get("before"))
	for name, on := range map[string]*bool{"held": &l.Held, "delayed": &l.Delayed, "all": &l.All} {
		if err := parseBool(name, v.Get(name), on); err != nil {
			return List{}, err
		}
	}
	if err := parseLimit(v.Get("limit"), &l.Limit); err != nil {
		return List{}, err
	}
	_, err := l.Compile()
	return l, err
}

// repeatable are the query parameters that may be given more than once.
var repeatable = []string{"state", "label"}

// CheckParameters refuses query parameters whose names are not accepted, that are empty, or
// that are given twice and are not repeatable. A filter that is misspelt, or whose value got
// lost, must not make a list longer. An empty cursor is accepted: it is that of the first
// page.
func CheckParameters(v url.Values, accepted ...string) error {
	for name, texts := range v {
		if slices.Contains(accepted, name) {
			if err := checkParameter(name, texts); err != nil {
				return err
			}
			continue
		}
		if len(accepted) == 0 {
			return Errorf(CodeBadRequest, "unknown parameter %q: none is accepted here", name)
		}
		return Errorf(CodeBadRequest, "unknown parameter %q: %s are accepted", name, strings.Join(accepted, ", "))
	}
	return nil
}

// checkParameter is CheckParameters for what one that is accepted has.
func checkParameter(name string, texts []string) error {
	switch {
	case name != "cursor" && slices.Contains(texts, ""):
		return Errorf(CodeBadRequest, "parameter %s: it is empty: a text is accepted, or no such parameter", name)
	case len(texts) > 1 && !slices.Contains(repeatable, name):
		return Errorf(CodeBadRequest, "parameter %s: it is given twice: once is accepted", name)
	}
	return nil
}

func parseBool(name, s string, on *bool) (err error) {
	if s == "" {
		return nil
	}
	if *on, err = strconv.ParseBool(s); err != nil {
		return Errorf(CodeBadRequest, "%s %q: true or false is accepted", name, s)
	}
	return nil
}

func parseLimit(s string, limit *int) (err error) {
	if s == "" {
		return nil
	}
	if *limit, err = strconv.Atoi(s); err != nil || *limit < 0 {
		return Errorf(CodeBadRequest, "limit %q: a whole number from 0 (all) is accepted", s)
	}
	return nil
}
