package wire

import (
	"cmp"
	"encoding/binary"
	"slices"

	"bcp/journal"
)

// What is asked for with a task is options, in any order, each once. Their
// numbers, values and bounds are in journal.Options. The list ends with the head:
//
//	+--------+--------+-----------------+
//	| number | length | value ...       |
//	+--------+--------+-----------------+
//	    1        2      length bytes
//
//	a number       8 bytes
//	texts          each a u16 of length, and so many bytes
//	dependencies   each a ULID, and a u8 of what is wanted
const (
	numberSize = 8
	afterSize  = 16 + 1 // of a dependency
)

// nothingAsked is a spec in which nothing is asked for.
var nothingAsked = func() (s journal.Spec) {
	for i := range journal.Options {
		if o := &journal.Options[i]; o.Other != 0 {
			_ = o.SetValue(&s, o.Other) // the table's own
		}
	}
	return s
}()

// newSpec returns a spec in which nothing is asked for.
func newSpec() *journal.Spec {
	s := nothingAsked
	return &s
}

// writeOptions writes what is asked for, but for what is not acceptable: it may not fit into
// an option. It returns why the first of that isn't.
func (c *coder) writeOptions(s *journal.Spec) (refused error) {
	for i := range journal.Options {
		o := &journal.Options[i]
		if !o.IsSet(s) {
			continue
		}
		if err := o.Check(s); err != nil {
			refused = cmp.Or(refused, err)
			continue
		}
		c.writeOption(o, s)
	}
	return refused
}

func (c *coder) writeOption(o *journal.Option, s *journal.Spec) {
	c.writeField(o.Number, 0)
	start := len(c.buf)
	switch {
	case o.IsNumber():
		n := o.Value(s)
		c.i64(&n)
	case o.Sort == journal.Tasks:
		c.writeAfter(s.After)
	default:
		for _, text := range o.Texts(s) {
			c.optionText(text)
		}
	}
	binary.BigEndian.PutUint16(c.buf[start-2:], uint16(len(c.buf)-start))
}

func (c *coder) optionText(text string) {
	n := uint16(len(text))
	c.u16(&n)
	c.chars(&text, len(text))
}

func (c *coder) writeAfter(after []journal.Dependency) {
	for i := range after {
		d := after[i]
		c.id(&d.Task)
		c.u8((*uint8)(&d.Wants))
	}
}

// edits codes the options that are changed, also to nothing.
func (c *coder) edits(s *journal.Spec, numbers *[]uint8) {
	if !c.writing {
		c.readOptions(s, numbers)
		slices.Sort(*numbers) // in whatever order they came
	}
	for i := range journal.Options {
		o := &journal.Options[i]
		if !slices.Contains(*numbers, o.Number) {
			continue
		}
		if err := o.Check(s); err != nil {
			c.fail(CodeBadOption, "%v", err)
			return
		}
		switch {
		case !c.writing:
		case o.IsSet(s):
			c.writeOption(o, s)
		default: // it is changed to what it is when it is left out: no value says so of each
			c.writeField(o.Number, 0)
		}
	}
}

// readOptions reads what is asked for. The numbers are those of the options that
// come, nil for who doesn't want to know.
func (c *coder) readOptions(s *journal.Spec, numbers *[]uint8) {
	var seen [256]bool
	for c.err == nil && len(c.buf) > 0 {
		number, value := c.numbered()
		o := journal.OptionNumbered(number)
		switch {
		case c.err != nil:
			return
		case o == nil:
			c.fail(CodeUnsupported, "option %d is not known", number)
		case seen[number]:
			c.fail(CodeMalformed, "option %d (%s) comes twice", number, o.Name)
		default:
			if seen[number] = true; numbers != nil {
				*numbers = append(*numbers, number)
			}
			if numbers != nil && len(value) == 0 {
				o.LeaveOut(s)
			} else {
				c.readOption(o, s, value)
			}
		}
	}
}

func (c *coder) readOption(o *journal.Option, s *journal.Spec, value []byte) {
	var err error
	switch {
	case o.IsNumber() && len(value) != numberSize:
		c.fail(CodeMalformed, "option %d (%s) has %d bytes: it is a number of %d", o.Number, o.Name, len(value), numberSize)
	case o.IsNumber():
		err = o.SetValue(s, int64(binary.BigEndian.Uint64(value)))
	case o.Sort == journal.Tasks:
		c.readAfter(o, s, value)
		err = o.Check(s)
	default:
		texts, ok := readTexts(value)
		if err = o.SetTexts(s, texts); !ok {
			c.fail(CodeMalformed, "option %d (%s): its %d bytes are no texts", o.Number, o.Name, len(value))
		}
	}
	if err != nil {
		c.fail(CodeBadOption, "%v", err)
	}
}

// readTexts reads texts; false if they don't fill the value.
func readTexts(value []byte) (texts []string, ok bool) {
	for len(value) > 0 {
		if len(value) < 2 {
			return nil, false
		}
		n := 2 + int(binary.BigEndian.Uint16(value))
		if n > len(value) {
			return nil, false
		}
		texts = append(texts, string(value[2:n]))
		value = value[n:]
	}
	return texts, len(texts) > 0
}

// readAfter reads what the task waits for.
func (c *coder) readAfter(o *journal.Option, s *journal.Spec, value []byte) {
	if len(value) == 0 || len(value)%afterSize != 0 {
		c.fail(CodeMalformed, "option %d (%s) has %d bytes: it is tasks of %d bytes each", o.Number, o.Name, len(value), afterSize)
		return
	}
	s.After = make([]journal.Dependency, len(value)/afterSize)
	for i := range s.After {
		one := value[i*afterSize:]
		s.After[i] = journal.Dependency{Task: journal.ID(one[:16]), Wants: journal.Wants(one[16])}
	}
}
