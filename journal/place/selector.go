package place

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Limits of a selector. It is matched with every worker, and kept in the row of its task.
const (
	MaxSelector = 1024 // bytes
	MaxTerms    = 32
)

// NameWorker is the name that stands for the worker's own name in a selector.
const NameWorker = "worker"

// Terms says which terms a selector may have, for errors and help.
const Terms = "name=value, name=value|value, name!=value, name or !name"

// Selector is a list of terms, all of which have to hold for a worker:
//
//	selector = term *( "," term )
//	term     = name "=" values       the worker has the label, with one of the values
//	         / name "!=" values      it has not: another value, or no such label
//	         / name                  it has the label
//	         / "!" name              it does not have the label
//	values   = value *( "|" value )
//
// The name "worker" stands for the worker's own name. Spaces around a term don't
// count. The selector of no terms means every worker.
type Selector struct{ terms []term }

type term struct {
	text   string
	name   string
	values []string // none: that there is one counts
	not    bool
}

// ParseSelector parses a selector; "" has no terms. The error says what is accepted.
func ParseSelector(s string) (Selector, error) {
	if s == "" {
		return Selector{}, nil
	}
	if len(s) > MaxSelector {
		return Selector{}, fmt.Errorf("selector has %d bytes: at most %d are accepted", len(s), MaxSelector)
	}
	parts := strings.Split(s, ",")
	if len(parts) > MaxTerms {
		return Selector{}, fmt.Errorf("selector has %d terms: at most %d are accepted", len(parts), MaxTerms)
	}
	terms := make([]term, 0, len(parts))
	for _, part := range parts {
		t, ok := parseTerm(strings.TrimSpace(part))
		if !ok {
			return Selector{}, fmt.Errorf("term %q: %s is accepted", strings.TrimSpace(part), Terms)
		}
		terms = append(terms, t)
	}
	return Selector{terms}, nil
}

func parseTerm(s string) (t term, ok bool) {
	name, values, equals := strings.Cut(s, "=")
	t = term{text: s, name: name}
	switch {
	case equals && strings.HasSuffix(name, "!"):
		t.name, t.not = strings.TrimSuffix(name, "!"), true
	case !equals && strings.HasPrefix(name, "!"):
		t.name, t.not = name[1:], true
	}
	if equals {
		t.values = strings.Split(values, "|")
	}
	return t, nameOK(t.name) && !slices.Contains(t.values, "") && printable(values) && !strings.Contains(values, "=")
}

// Comparison returns the first term of a selector, or the label, that looks like a comparison,
// such as gpu>3 or gpu>=3; or "" if none does. The grammar has no comparisons, but < and > may
// be in names, which peers and journals may have. So such a term is not refused by
// ParseSelector: programs use Comparison to warn people who write one.
func Comparison(text string) string {
	s, _ := ParseSelector(text) // one that is not accepted is refused for that
	for _, t := range s.terms {
		if strings.ContainsAny(t.name, "<>") {
			return t.text
		}
	}
	return ""
}

// nameOK tells whether a selector can ask for a name.
func nameOK(name string) bool {
	return name != "" && printable(name) && !strings.ContainsAny(name, "=!|, ")
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) })
}

// Matches tells whether all terms of the selector hold for the worker.
func (s Selector) Matches(o *Offer) bool { return s.Unmet(o) == "" }

// Unmet returns the first term that does not hold for the worker, or "" if all do.
func (s Selector) Unmet(o *Offer) string {
	for i := range s.terms {
		if t := &s.terms[i]; !t.holds(o) {
			return t.text
		}
	}
	return ""
}

func (t *term) holds(o *Offer) bool {
	value, found := o.label(t.name)
	if found && len(t.values) > 0 {
		found = slices.Contains(t.values, value)
	}
	return found != t.not
}
