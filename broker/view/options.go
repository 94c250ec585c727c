package view

import (
	"bytes"
	"encoding/json"
	"errors"
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
// word, and several texts are a list. What has fields of its own beside the options (after,
// labels, on_unmet) is left out.
type Options struct {
	journal.Spec
	given []uint8     // numbers of the options that are given, which may be no other than when they are left out
	wrong *wire.Error // what was not accepted when they were read
}

// beside names the options that have fields of their own, as people look for them there.
var beside = []string{"after", "label", "on-unmet"}

// hasField tells whether an option is one of those.
func hasField(o *journal.Option) bool { return slices.Contains(beside, o.Name) }

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

// IsOption tells whether a field of this name is one of Options.
func IsOption(name string) bool { return slices.Contains(optionNames(), name) }

// Give writes down that an option is given, also if its value is what it is when it
// is left out.
func (o *Options) Give(option *journal.Option) {
	if !o.IsGiven(option) {
		o.given = append(o.given, option.Number)
	}
}

// IsGiven tells whether an option is given: Give was called, or JSON had it.
func (o *Options) IsGiven(option *journal.Option) bool {
	return slices.Contains(o.given, option.Number)
}

// Wrong tells what was not accepted when the options were read, nil if all was.
func (o *Options) Wrong() *wire.Error { return o.wrong }

// MarshalJSON writes what is set or given, in the order of the table.
func (o Options) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i := range journal.Options {
		option := &journal.Options[i]
		name := jsonName(option)
		if name == "" || option.IsZero(&o.Spec) && !o.IsGiven(option) {
			continue
		}
		text, err := json.Marshal(jsonValue(option, &o.Spec))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, ",%q:%s", name, text)
	}
	return []byte("{" + strings.TrimPrefix(b.String(), ",") + "}"), nil
}

// jsonValue returns an option's value.
func jsonValue(o *journal.Option, s *journal.Spec) any {
	switch o.Sort {
	case journal.Text:
		return strings.Join(o.Texts(s), "")
	case journal.Texts, journal.Tasks:
		return append([]string{}, o.Texts(s)...)
	case journal.Moment:
		return Time(o.Value(s))
	case journal.Switch:
		return o.Value(s) != 0
	case journal.Choice, journal.Set:
		return o.Format(s)
	}
	return o.Value(s)
}

// UnmarshalJSON reads options. What is not acceptable in them is told when they
// are used: who only shows them may meet some that it doesn't know.
func (o *Options) UnmarshalJSON(text []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return errors.New("options: an object is accepted")
	}
	*o = Options{}
	for i := range journal.Options {
		option := &journal.Options[i]
		value, given := fields[jsonName(option)]
		if !given || hasField(option) {
			continue
		}
		delete(fields, jsonName(option))
		o.Give(option)
		if err := readOption(option, &o.Spec, value); err != nil && o.wrong == nil {
			o.wrong = wire.Errorf(wire.CodeBadOption, "%v", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if o.wrong == nil {
			o.wrong = wire.Errorf(wire.CodeBadOption, "option %q is not known: %s are", name, strings.Join(optionNames(), ", "))
		}
	}
	return nil
}

func readOption(o *journal.Option, s *journal.Spec, value json.RawMessage) error {
	switch o.Sort {
	case journal.Number, journal.Percent, journal.Milliseconds:
		return readInto(o, value, numberWords(o), func(n int64) error { return o.SetValue(s, n) })
	case journal.Switch:
		return readInto(o, value, "true or false", func(yes bool) error { return o.SetValue(s, map[bool]int64{true: 1}[yes]) })
	case journal.Moment, journal.Choice, journal.Set, journal.Text:
		return readInto(o, value, "a text", func(text string) error { return ParseText(o, s, text) })
	}
	return readInto(o, value, "a list of texts", func(texts []string) error { return o.SetTexts(s, texts) })
}

// readInto reads a value of the JSON type that is accepted.
func readInto[T any](o *journal.Option, value json.RawMessage, accepted string, set func(T) error) error {
	var v *T
	if err := json.Unmarshal(value, &v); err != nil || v == nil { // null is no value
		return fmt.Errorf("%s %s: %s is accepted", o.Name, value, accepted)
	}
	return set(*v)
}

// numberWords says which numbers are accepted of an option.
func numberWords(o *journal.Option) string {
	unit := ""
	if o.Sort == journal.Milliseconds {
		unit = " of milliseconds"
	}
	return fmt.Sprintf("a whole number%s from %d to %d", unit, o.Low, o.High)
}

// ParseText is Option.Parse, and takes "" for an option that is left out.
func ParseText(o *journal.Option, s *journal.Spec, text string) error {
	if text == "" {
		o.LeaveOut(s)
		return nil
	}
	return o.Parse(s, text)
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
