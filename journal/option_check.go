package journal

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"bcp/journal/place"
)

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
	total, names := 0, make(map[string]bool)
	for _, text := range texts {
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
		name := o.entryName(text)
		if names[name] {
			return fmt.Errorf("%s %q: each is accepted once", o.Name, text)
		}
		names[name] = true
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

// CheckPair tells what of a name=value, such as a label, is not acceptable.
func CheckPair(pair string) error {
	name, _, ok := strings.Cut(pair, "=")
	if !ok || len(pair) > MaxName || !Printable(name) || !Printable(strings.ReplaceAll(pair, " ", "_")) {
		return fmt.Errorf("name=value in printable UTF-8 of at most %d bytes is accepted, the name without spaces", MaxName)
	}
	return nil
}

func checkClass(class string) error {
	if len(class) > MaxName || !Printable(class) {
		return fmt.Errorf("printable UTF-8 of at most %d bytes without spaces is accepted", MaxName)
	}
	return nil
}

func checkSelector(text string) error {
	_, err := place.ParseSelector(text)
	return err
}

func checkResource(text string) error {
	_, err := place.ParseResource(text)
	return err
}

// Printable tells whether a text is printable UTF-8 without spaces and not empty.
func Printable(s string) bool {
	for _, r := range s {
		if r == ' ' || !unicode.IsPrint(r) {
			return false
		}
	}
	return s != "" && utf8.ValidString(s)
}
