package journal

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

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
		return asNumber(yes), nil
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
		return 0, fmt.Errorf("a whole number from %d to %d is accepted", o.Low, o.High)
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
		return nameOf(o.Words, int(n), o.Name)
	case Percent:
		return fmt.Sprintf("%d%%", n)
	case Set:
		return o.inSet(n)
	}
	return strconv.FormatInt(n, 10)
}

func formatMoment(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
