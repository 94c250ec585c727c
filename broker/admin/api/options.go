package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bcp/broker/wire"
	"bcp/journal"
)

// Options are what is asked for with a task, as a JSON object: a field for each of
// journal.Options that is set. Its name is the option's with underscores; that of a
// duration ends with _ms, that of a moment with _at and is RFC 3339. A choice is its
// word, and several texts are a list. What has fields of its own beside the options
// (see beside) is left out.
type Options struct {
	journal.Spec
	wrong *Error // what was not accepted when they were read
}

// jsonName returns the name of an option's field, "" if it isn't among Options.
func jsonName(o *journal.Option) string {
	if hasField(o) {
		return ""
	}
	name := strings.ReplaceAll(o.Name, "-", "_")
	switch o.Sort {
	case journal.Milliseconds:
		name += "_ms"
	case journal.Moment:
		name += "_at"
	}
	return name
}

// MarshalJSON writes what is set, in the order of the table.
func (o Options) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i := range journal.Options {
		option := &journal.Options[i]
		name := jsonName(option)
		value := jsonValue(option, &o.Spec)
		if name == "" || value == nil {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, ",%q:%s", name, text)
	}
	return []byte("{" + strings.TrimPrefix(b.String(), ",") + "}"), nil
}

// jsonValue returns an option's value, nil for one that is zero.
func jsonValue(o *journal.Option, s *journal.Spec) any {
	if !o.IsNumber() {
		texts := o.Texts(s)
		switch {
		case len(texts) == 0:
			return nil
		case o.Sort == journal.Text:
			return texts[0]
		}
		return texts
	}
	switch n := o.Value(s); {
	case n == 0:
		return nil
	case o.Sort == journal.Moment:
		return Time(n)
	case o.Sort == journal.Switch:
		return true
	case o.Sort == journal.Choice, o.Sort == journal.Set:
		return o.Format(s)
	default:
		return n
	}
}

// UnmarshalJSON reads options. What is not acceptable in them is told when they
// are used: who only shows them may meet some that it doesn't know.
func (o *Options) UnmarshalJSON(text []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	*o = Options{}
	for i := range journal.Options {
		option := &journal.Options[i]
		value, given := fields[jsonName(option)]
		if !given || hasField(option) {
			continue
		}
		delete(fields, jsonName(option))
		if err := readOption(option, &o.Spec, value); err != nil && o.wrong == nil {
			o.wrong = Errorf(wire.CodeBadOption.String(), "%v", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if o.wrong == nil {
			o.wrong = Errorf(wire.CodeBadOption.String(), "option %q is not known: %s are", name, strings.Join(optionNames(), ", "))
		}
	}
	return nil
}

func readOption(o *journal.Option, s *journal.Spec, value json.RawMessage) error {
	switch o.Sort {
	case journal.Number, journal.Percent, journal.Milliseconds:
		return readInto(o, value, "a whole number", func(n int64) error { return setNumber(o, s, n) })
	case journal.Switch:
		return readInto(o, value, "true or false", func(yes bool) error { return setNumber(o, s, map[bool]int64{true: 1}[yes]) })
	case journal.Moment, journal.Choice, journal.Set:
		return readInto(o, value, "a text", func(text string) error { return parseText(o, s, text) })
	case journal.Text:
		return readInto(o, value, "a text", func(text string) error { return setTexts(o, s, text) })
	}
	return readInto(o, value, "a list of texts", func(texts []string) error { return setTexts(o, s, texts...) })
}

// readInto reads a value of the JSON type that is accepted.
func readInto[T any](o *journal.Option, value json.RawMessage, accepted string, set func(T) error) error {
	var v T
	if err := json.Unmarshal(value, &v); err != nil {
		return fmt.Errorf("%s %s: %s is accepted", o.Name, value, accepted)
	}
	return set(v)
}

// setNumber takes 0 for an option that is left out.
func setNumber(o *journal.Option, s *journal.Spec, n int64) error {
	if n == 0 {
		n = o.Other
	}
	return o.SetValue(s, n)
}

// parseText takes "" for an option that is left out.
func parseText(o *journal.Option, s *journal.Spec, text string) error {
	if text == "" {
		return o.SetValue(s, o.Other)
	}
	return o.Parse(s, text)
}

func setTexts(o *journal.Option, s *journal.Spec, texts ...string) error {
	texts = slices.DeleteFunc(texts, func(t string) bool { return t == "" })
	return o.SetTexts(s, texts)
}

func optionNames() []string {
	var names []string
	for i := range journal.Options {
		if name := jsonName(&journal.Options[i]); name != "" {
			names = append(names, name)
		}
	}
	return names
}
