package journal

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Option is one thing that can be asked for with a task. The table Options has
// all of them, and everything that reads, writes, checks or shows options goes
// by it: the rows of the journal, the wire, the API, and the flags of programs.
//
//	wire: tag, bytes --+                      +--> row: tag, bytes
//	API:  JSON --------+--> Option <-> Spec --+--> wire, API, flags, words
//	flag: text --------+      |
//	                          +--> the one refusal: name, what was given, what is accepted
type Option struct {
	Number uint8    // tag on the wire; the row's follows from it
	Name   string   // as flags, errors and documents spell it
	Sort   Sort     // what its value is
	Low    int64    // least that is accepted: of a number, or of the texts' count
	High   int64    // most
	Other  int64    // what a number means that is left out, if not 0
	Words  []string // of a Choice: the name of each value; of a Set: of each bit
	About  string   // what it is for, in a line; `x` names the value
	Unless string   // what leaving it out means, in words, if it has to be said
	Edit   Edits    // when it can be changed after the submit
	Group  bool     // it is for a group as a whole: its members don't inherit it

	get   func(*Spec) int64
	set   func(*Spec, int64)
	texts func(*Spec) []string
	put   func(*Spec, []string) error
	check func(text string) error // of one text; says what is accepted

	none     int64 // what stands in a spec for a number that is given as 0, where leaving it out means more than that
	nameless bool  // texts differ as a whole, and not in what stands before = or :
}

// Sort is what an option's value is.
type Sort uint8

const (
	Number       Sort = iota + 1
	Milliseconds      // a duration
	Moment            // Unix milliseconds
	Switch            // no or yes
	Choice            // one of Option.Words
	Percent           // of 100
	Set               // some of Option.Words
	Text              // one text
	Texts             // several
	Tasks             // dependencies
)

// IsNumber tells whether the value is one number, which is written in 8 bytes.
func (o *Option) IsNumber() bool { return o.Sort < Text }

// Value returns a number.
func (o *Option) Value(s *Spec) int64 {
	n := o.get(s)
	if n == o.none {
		return 0
	}
	return n
}

// Texts returns the value of an option that is no number, nil for none.
func (o *Option) Texts(s *Spec) []string { return o.texts(s) }

// IsSet tells whether the option is other than when it is left out.
func (o *Option) IsSet(s *Spec) bool {
	if o.IsNumber() {
		return o.get(s) != o.Other
	}
	return len(o.texts(s)) > 0
}

// SetValue changes a number, or tells what is accepted.
func (o *Option) SetValue(s *Spec, n int64) error {
	if err := o.checkValue(n); err != nil {
		return err
	}
	if n == 0 {
		n = o.none
	}
	o.set(s, n)
	return nil
}

// LeaveOut makes the option what it is when it is left out.
func (o *Option) LeaveOut(s *Spec) {
	if o.IsNumber() {
		o.set(s, o.Other)
		return
	}
	_ = o.put(s, nil) // no text is one that can be put
}

// SetTexts changes the value of an option that is no number, or tells what is
// accepted.
func (o *Option) SetTexts(s *Spec, texts []string) error {
	if err := o.checkTexts(texts); err != nil {
		return err
	}
	return o.put(s, texts)
}

// Check tells whether the value is acceptable. The error names the option, what
// was given and what is accepted.
func (o *Option) Check(s *Spec) error {
	switch {
	case !o.IsNumber():
		return o.checkTexts(o.texts(s))
	case !o.IsSet(s):
		return nil // it may be left out, also where what that means can't be given
	}
	return o.checkValue(o.Value(s))
}

func (o *Option) checkValue(n int64) error {
	if n >= o.Low && n <= o.High {
		return nil
	}
	switch o.Sort {
	case Milliseconds:
		return CheckSpan(o.Name, n, o.Low)
	case Moment:
		return fmt.Errorf("%s %s: a time since 1970 is accepted", o.Name, formatMoment(n))
	case Switch:
		return fmt.Errorf("%s %d: 0 (no) or 1 (yes) is accepted", o.Name, n)
	case Choice:
		return fmt.Errorf("%s %d: %s is accepted", o.Name, n, o.numbered())
	case Percent:
		return fmt.Errorf("%s %d%%: %d%% to %d%% are accepted", o.Name, n, o.Low, o.High)
	case Set:
		return fmt.Errorf("%s %d: a sum of %s is accepted", o.Name, n, o.numbered())
	}
	return fmt.Errorf("%s %d: %d to %d are accepted", o.Name, n, o.Low, o.High)
}

// numbered lists the values of a choice with their names.
func (o *Option) numbered() string {
	words := make([]string, len(o.Words))
	for i, w := range o.Words {
		n := i
		if o.Sort == Set {
			n = 1 << i
		}
		words[i] = fmt.Sprintf("%d (%s)", n, w)
	}
	return alternatives(words)
}

// alternatives writes a, b or c.
func alternatives(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func (o *Option) checkTexts(texts []string) error {
	if n := int64(len(texts)); n > o.High {
		if o.Sort == Text {
			return fmt.Errorf("%s comes %d times: once is accepted", o.Name, n)
		}
		return fmt.Errorf("%s comes %d times: at most %d are accepted", o.Name, n, o.High)
	}
	total := 0
	for i, text := range texts {
		if total += len(text); total > MaxOptionBytes {
			return fmt.Errorf("%s has more than %d bytes: at most so many are accepted", o.Name, MaxOptionBytes)
		}
		if text == "" || !utf8.ValidString(text) {
			return fmt.Errorf("%s %q: UTF-8 that is not empty is accepted", o.Name, text)
		}
		if o.check != nil {
			if err := o.check(text); err != nil {
				return fmt.Errorf("%s %q: %w", o.Name, text, err)
			}
		}
		if slices.ContainsFunc(texts[:i], func(before string) bool { return o.entryName(before) == o.entryName(text) }) {
			return fmt.Errorf("%s %q: each is accepted once", o.Name, text)
		}
	}
	return nil
}

// entryName is what must be different in the texts of one option: the name of
// name=value, the task of ID:ok, or all of it. A task may be waited for, and its
// worker as well.
func (o *Option) entryName(text string) string {
	if o.nameless || o.Sort == Tasks && strings.HasSuffix(text, ":"+WantsWorker.String()) {
		return text
	}
	if i := strings.IndexAny(text, "=:"); i >= 0 {
		return text[:i]
	}
	return text
}

// Parse takes in the option as people write it: a number, a duration such as 90s
// or 7d, RFC 3339, yes or no, a word, or one more of several texts. The error says what is
// accepted.
func (o *Option) Parse(s *Spec, text string) error {
	switch o.Sort {
	case Text, Texts, Tasks:
		return o.SetTexts(s, append(slices.Clone(o.texts(s)), text))
	}
	n, err := o.number(text)
	if err != nil {
		return fmt.Errorf("%s %q: %w", o.Name, text, err)
	}
	return o.SetValue(s, n)
}

// number reads the text of a number.
func (o *Option) number(text string) (int64, error) {
	switch o.Sort {
	case Milliseconds:
		return parseSpan(text)
	case Moment:
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return 0, errors.New("RFC 3339 is accepted, such as 2026-01-31T12:00:00Z")
		}
		return at.UnixMilli(), nil
	case Switch:
		yes, err := strconv.ParseBool(text)
		if err != nil {
			return 0, errors.New("true or false is accepted")
		}
		return int64(asNumber(yes)), nil
	case Choice:
		n := slices.Index(o.Words, text)
		if n < 0 {
			return 0, fmt.Errorf("%s is accepted", alternatives(o.Words))
		}
		return int64(n), nil
	case Set:
		return o.bits(text)
	case Percent:
		text = strings.TrimSuffix(text, "%")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("a number from %d to %d is accepted", o.Low, o.High)
	}
	return n, nil
}

// bits reads the words of a set.
func (o *Option) bits(text string) (set int64, err error) {
	for word := range strings.SplitSeq(text, ",") {
		i := slices.Index(o.Words, word)
		if i < 0 {
			return 0, fmt.Errorf("some of %s are accepted, with a comma between them", strings.Join(o.Words, ", "))
		}
		set |= 1 << i
	}
	return set, nil
}

// inSet lists the words of a set.
func (o *Option) inSet(set int64) string {
	var words []string
	for i, word := range o.Words {
		if set&(1<<i) != 0 {
			words = append(words, word)
		}
	}
	return strings.Join(words, ",")
}

// Format writes the value as people read it; several texts have a line each.
func (o *Option) Format(s *Spec) string {
	if !o.IsNumber() {
		return strings.Join(o.texts(s), "\n")
	}
	n := o.Value(s)
	switch o.Sort {
	case Milliseconds:
		return FormatDuration(n)
	case Moment:
		return formatMoment(n)
	case Switch:
		return strconv.FormatBool(n != 0)
	case Choice:
		return o.Words[n]
	case Percent:
		return fmt.Sprintf("%d%%", n)
	case Set:
		return o.inSet(n)
	}
	return strconv.FormatInt(n, 10)
}

func formatMoment(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

// CheckOptions tells whether what is asked for with a task is acceptable, option
// by option and together. It is the one place that knows.
func CheckOptions(s *Spec) error {
	for i := range Options {
		if err := Options[i].Check(s); err != nil {
			return err
		}
	}
	return CheckTogether(s)
}

// CheckTogether is CheckOptions for options of which each has been looked at when it was
// set.
func CheckTogether(s *Spec) error {
	for _, rule := range optionRules {
		if err := rule(s); err != nil {
			return err
		}
	}
	return nil
}

// OptionNumbered returns the option with a number, nil if there is none.
func OptionNumbered(n uint8) *Option {
	return byNumber[n]
}

// OptionNamed returns the option with a name, nil if there is none.
func OptionNamed(name string) *Option {
	i := slices.IndexFunc(Options, func(o Option) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	return &Options[i]
}
