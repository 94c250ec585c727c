package filter

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// term is one condition.
type term struct {
	text   string // as it was given
	name   string
	op     string // "" for a name alone
	not    bool   // a name alone, with ! before it
	values []pattern
}

// pattern is a value: a text, or what a text begins with.
type pattern struct {
	text   string
	prefix bool
}

func (p pattern) matches(s string) bool {
	if p.prefix {
		return strings.HasPrefix(s, p.text)
	}
	return s == p.text
}

// String returns the pattern as it is written in an expression.
func (p pattern) String() string {
	if p.prefix {
		return Quote(p.text) + "*"
	}
	return Quote(p.text)
}

// any tells whether a text is one of the values.
func (t *term) any(s string) bool {
	return slices.ContainsFunc(t.values, func(p pattern) bool { return p.matches(s) })
}

// accept tells whether the operator is one of these.
func (t *term) accept(ops ...string) error {
	if slices.Contains(ops, t.op) {
		return nil
	}
	if t.op == "" {
		return fmt.Errorf("a value is missing: %s%s… is accepted", t.name, ops[0])
	}
	one := ""
	if len(ops) > 1 {
		one = "one of "
	}
	return fmt.Errorf("operator %s: %s%s is accepted", t.op, one, strings.Join(ops, " "))
}

// operators, the longer ones first.
var operators = []string{"!=", "<=", ">=", "=", "<", ">"}

var errQuote = errors.New("a quote is not closed: \"…\" is accepted, with \\ before a quote or a backslash inside")

// split reads the terms of an expression.
func split(text string) (terms []term, err error) {
	for rest := strings.TrimLeft(text, spaces); rest != ""; rest = strings.TrimLeft(rest, spaces) {
		one, closed := length(rest)
		t, err := newTerm(rest[:one])
		if err == nil && !closed {
			err = errQuote
		}
		if err != nil {
			return nil, fmt.Errorf("filter term %s: %w", rest[:one], err)
		}
		terms = append(terms, t)
		rest = rest[one:]
	}
	return terms, nil
}

const spaces = " \t\r\n"

// IsBlank tells whether an expression has no terms, and so matches all tasks that have not
// ended. Changes refuse such an expression, because it may be a mistake.
func IsBlank(text string) bool { return strings.Trim(text, spaces) == "" }

// length returns how long the first term is, up to a space outside of quotes, and whether
// its quotes are closed.
func length(text string) (n int, closed bool) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(spaces, c) >= 0:
			return i, true
		}
	}
	return len(text), !quoted
}

func newTerm(text string) (term, error) {
	t := term{text: text, name: text}
	at := strings.IndexAny(text, "=<>\"")
	if at > 0 && text[at-1] == '!' {
		at--
	}
	if at < 0 {
		t.name, t.not = strings.CutPrefix(text, "!")
		return t, nil
	}
	t.name = text[:at]
	for _, op := range operators {
		if strings.HasPrefix(text[at:], op) {
			t.op = op
			break
		}
	}
	name, not := strings.CutPrefix(t.name, "!")
	switch {
	case t.name == "" || t.op == "":
		return t, errors.New("a name and an operator go before a value: name=value is accepted")
	case not && t.op == "=":
		return t, fmt.Errorf("! is accepted before a name alone; with a value, %s!=%s is", name, text[at+len(t.op):])
	case not:
		return t, errors.New("! is accepted before a name alone")
	}
	var err error
	t.values, err = readValues(text[at+len(t.op):])
	return t, err
}

// readValues reads what stands after an operator.
func readValues(text string) (values []pattern, err error) {
	for {
		p, rest, err := readValue(text)
		if err != nil {
			return nil, err
		}
		values = append(values, p)
		if rest == "" {
			return values, nil
		}
		if rest[0] != ',' {
			return nil, errors.New("a comma has to part the values")
		}
		text = rest[1:]
	}
}

// readValue reads one value and returns what follows it.
func readValue(text string) (p pattern, rest string, err error) {
	if strings.HasPrefix(text, `"`) {
		if p.text, rest, err = unquote(text[1:]); err != nil {
			return p, rest, err
		}
		rest, p.prefix = strings.CutPrefix(rest, "*")
		return p, rest, nil
	}
	end := strings.IndexByte(text, ',')
	if end < 0 {
		end = len(text)
	}
	p.text, p.prefix = strings.CutSuffix(text[:end], "*")
	if text[:end] == "" {
		return p, "", errors.New("a value is missing: \"\" stands for an empty one")
	}
	return p, text[end:], nil
}

// unquote reads up to the closing quote.
func unquote(text string) (value, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			return b.String(), text[i+1:], nil
		case '\\':
			i++
			if i == len(text) || text[i] != '"' && text[i] != '\\' {
				return "", "", errQuote
			}
		}
		b.WriteByte(text[i])
	}
	return "", "", errQuote
}

// Quote returns a value that matches only this text, with quotes where they are needed.
func Quote(s string) string {
	if s != "" && !strings.ContainsAny(s, spaces+`",*\`) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
