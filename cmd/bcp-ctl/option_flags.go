package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// addOptions adds a flag for each option that a task can have, but for those that
// the command has flags of its own for.
func addOptions(f *pflag.FlagSet, s *journal.Spec) {
	for i := range journal.Options {
		o := &journal.Options[i]
		usage := o.About
		if o.Unless != "" {
			usage += fmt.Sprintf(" (default %s)", o.Unless)
		}
		addOption(f, s, o, usage)
	}
}

// addOption adds a flag for an option, unless the command has one of the name.
func addOption(f *pflag.FlagSet, s *journal.Spec, o *journal.Option, usage string) {
	if f.Lookup(o.Name) != nil {
		return
	}
	flag := f.VarPF(&optionValue{option: o, spec: s}, o.Name, "", usage)
	if o.Sort == journal.Switch {
		flag.NoOptDefVal = "true"
	}
}

// optionValue is a flag for an option of a task.
type optionValue struct {
	option *journal.Option
	spec   *journal.Spec
}

// String implements pflag.Value.
func (v *optionValue) String() string {
	if !v.option.IsSet(v.spec) {
		return ""
	}
	return strings.ReplaceAll(v.option.Format(v.spec), "\n", ",")
}

// Set implements pflag.Value. A moment may also be given as so long from now.
func (v *optionValue) Set(text string) error {
	if err := v.set(text); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), v.option.Name+" ")) // it stands behind the flag's name
	}
	return nil
}

func (v *optionValue) set(text string) error {
	if v.option.Sort != journal.Moment {
		return v.option.Parse(v.spec, text)
	}
	at, err := parseMoment(text)
	if err != nil {
		return err
	}
	return v.option.SetValue(v.spec, int64(at))
}

// Type implements pflag.Value.
func (v *optionValue) Type() string {
	switch v.option.Sort {
	case journal.Number:
		return "n"
	case journal.Milliseconds:
		return "duration"
	case journal.Moment:
		return "time"
	case journal.Switch:
		return "bool"
	case journal.Choice, journal.Set:
		return "what"
	case journal.Percent:
		return "percent"
	}
	return "text"
}

// optionFields shows the options of a task that are set. When it may go is told before them:
// what was asked for stands here if that is another time.
func optionFields(t *api.Task) []field {
	s := &t.Options.Spec
	var fields []field
	for i := range journal.Options {
		o := &journal.Options[i]
		switch name := strings.ReplaceAll(o.Name, "-", " "); {
		case !o.IsSet(s) || o.Number == journal.OptionHold: // the state tells whether it is put aside now
		case o.Number != journal.OptionNotBefore:
			fields = append(fields, field{strings.ToUpper(name[:1]) + name[1:], o.Format(s)})
		case api.Time(o.Value(s)) != t.NotBeforeAt:
			fields = append(fields, field{"Asked " + name, api.Time(o.Value(s))})
		}
	}
	return fields
}

// optionWords are what a shell may offer for the options that are a choice, or some of
// several words. What an option is when it is left out needs no word.
func optionWords() map[string][]string {
	words := map[string][]string{}
	for i := range journal.Options {
		switch o := &journal.Options[i]; o.Sort {
		case journal.Choice:
			words[o.Name] = slices.DeleteFunc(slices.Clone(o.Words), func(w string) bool { return w == "default" })
		case journal.Set:
			words[o.Name] = o.Words
		}
	}
	return words
}
