package worker

import (
	"math"
	"slices"
	"strings"

	"bcp/broker/wire"
)

// progress is what an attempt says of itself.
type progress struct {
	fraction float32
	text     string
	pairs    []string // name=value, in order of name; never changed in place
}

// Progress tells how far the attempt is: a fraction from 0 to 1, where a negative one means
// that this is unknown and one above 1 counts as 1, and a text of at most wire.MaxText
// bytes. It is for people who watch; nothing depends on it. Of many calls in a row only the
// latest is sent.
func (t *Task) Progress(fraction float32, text string) {
	if fraction != fraction || math.IsInf(float64(fraction), -1) {
		fraction = -1
	}
	t.mailbox.putProgress(t, func(p *progress) { p.fraction, p.text = min(fraction, 1), text })
}

// Set adds a small fact to the attempt's progress, such as a count of rows. It replaces a
// fact of the same name; an empty value removes that. There may be wire.MaxPairs facts.
// Each has at most wire.MaxName bytes together with its name, and the name has no spaces.
// The error says which of these does not hold.
func (t *Task) Set(name, value string) (err error) {
	pair := name + "=" + value
	if strings.Contains(name, "=") {
		return wire.Errorf(wire.CodeBadOption, "pair %q: a name without %q is accepted", pair, "=")
	}
	if err := wire.CheckPairs("pair", []string{pair}, 1); err != nil {
		return err
	}
	t.mailbox.putProgress(t, func(p *progress) {
		pairs := slices.DeleteFunc(slices.Clone(p.pairs), func(p string) bool { return strings.HasPrefix(p, name+"=") })
		if value != "" {
			pairs = append(pairs, pair)
			slices.Sort(pairs)
		}
		if bad := wire.CheckPairs("pair", pairs, wire.MaxPairs); bad != nil {
			err = bad
			return
		}
		p.pairs = pairs
	})
	return err
}

func (t *Task) progressMessage() *wire.Progress {
	p := &t.said.progress
	return &wire.Progress{Ref: t.ref(), Fraction: p.fraction, Text: p.text, Pairs: p.pairs}
}
