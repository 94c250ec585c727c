package wire

import (
	"encoding/binary"
	"math"

	"bcp/journal"
)

// Tags of a submit's options. The list is append-only. An option changes what
// the task means, so an unknown one is refused, never ignored.
const (
	optionTries        uint8 = 1
	optionLossMax      uint8 = 2
	optionOnLoss       uint8 = 3
	optionStartTimeout uint8 = 4 // milliseconds, like those below
	optionRunTimeout   uint8 = 5
	optionQueueTimeout uint8 = 6
	optionCancelGrace  uint8 = 7
	optionPriority     uint8 = 8
	optionDelay        uint8 = 9
	optionNotBefore    uint8 = 10 // Unix milliseconds
	optionHold         uint8 = 11 // 0 no, else yes
	optionRetryDelay   uint8 = 12
	optionRetryMax     uint8 = 13
	optionFailUnmet    uint8 = 14 // 0 no, else yes
	optionAfter        uint8 = 15 // tasks and what is wanted of each; not a number
	optionLabels       uint8 = 16 // texts; not a number

	optionLast = optionLabels
	optionSize = 8      // of an option's value that is a number
	afterSize  = 16 + 1 // of a dependency: a ULID, and what is wanted
)

// defaultTries is what a submit without the option means.
const defaultTries = 1

func (m *Submit) layout(c *coder) {
	spec := m.Spec
	if spec == nil {
		spec = &journal.Spec{Tries: defaultTries}
	}
	c.request(&m.Req)
	c.flags(&m.WantStart, &m.Quiet)
	c.target(&spec.Target)
	c.key(&spec.Key)
	c.argv(&spec.Argv)
	if c.writing {
		c.writeOptions(spec)
	} else {
		c.readOptions(spec)
		m.Spec = spec
	}
	if c.err == nil {
		c.refuse(CheckSpec(spec))
	}
}

func (c *coder) target(t *journal.Target) {
	c.u8((*uint8)(&t.Kind))
	c.optionalName("target", &t.Name)
}

// An option is a tag, the length of its value and the value. The list ends
// with the head:
//
//	+-----+--------+-----------------+
//	| tag | length | value ...       |
//	+-----+--------+-----------------+
//	   1      2       length bytes
func (c *coder) writeOptions(s *journal.Spec) {
	for tag := optionTries; tag < optionAfter; tag++ {
		n := optionOf(s, tag)
		if n == 0 || tag == optionTries && n == defaultTries {
			continue
		}
		size := uint16(optionSize)
		c.u8(&tag)
		c.u16(&size)
		c.i64(&n)
	}
	c.writeAfter(s.After)
	c.writeLabels(s.Labels)
}

// writeLabels writes the labels, each with one byte of length before it. More
// than CheckSpec accepts would not fit into an option.
func (c *coder) writeLabels(labels []string) {
	if len(labels) == 0 || checkLabels(labels) != nil {
		return
	}
	tag, size := optionLabels, uint16(0)
	for _, l := range labels {
		size += 1 + uint16(len(l))
	}
	c.u8(&tag)
	c.u16(&size)
	for _, l := range labels {
		n := uint8(len(l))
		c.u8(&n)
		c.chars(&l, len(l))
	}
}

// readLabels reads the labels; false if they don't fill the value.
func readLabels(value []byte) (labels []string, ok bool) {
	for len(value) > 0 {
		n := int(value[0])
		if n >= len(value) {
			return nil, false
		}
		labels = append(labels, string(value[1:1+n]))
		value = value[1+n:]
	}
	return labels, true
}

// writeAfter writes what the task waits for. More than CheckSpec accepts would
// not fit into an option.
func (c *coder) writeAfter(after []journal.Dependency) {
	if len(after) == 0 || len(after) > MaxAfter {
		return
	}
	tag, size := optionAfter, uint16(len(after)*afterSize)
	c.u8(&tag)
	c.u16(&size)
	for i := range after {
		d := after[i]
		c.bytes16((*[16]byte)(&d.Task))
		c.u8((*uint8)(&d.Wants))
	}
}

// readAfter reads what the task waits for; false if the size is wrong.
func readAfter(value []byte) ([]journal.Dependency, bool) {
	after := make([]journal.Dependency, len(value)/afterSize)
	for i := range after {
		one := value[i*afterSize:]
		after[i] = journal.Dependency{Task: journal.ID(one[:16]), Wants: journal.Wants(one[16])}
	}
	return after, len(after) > 0 && len(value)%afterSize == 0
}

func (c *coder) readOptions(s *journal.Spec) {
	var seen [256]bool
	for c.err == nil && len(c.buf) > 0 {
		var tag uint8
		var size uint16
		c.u8(&tag)
		c.u16(&size)
		value := c.take(int(size))
		switch {
		case c.err != nil:
			return
		case tag < optionTries || tag > optionLast:
			c.fail(CodeUnsupported, "option %d is not known: 1 to %d are", tag, optionLast)
		case seen[tag]:
			c.fail(CodeMalformed, "option %d comes twice", tag)
		case tag == optionAfter:
			seen[tag] = true
			after, ok := readAfter(value)
			if s.After = after; !ok {
				c.fail(CodeMalformed, "option %d has %d bytes: it is tasks of %d bytes each", tag, size, afterSize)
			}
		case tag == optionLabels:
			seen[tag] = true
			labels, ok := readLabels(value)
			if s.Labels = labels; !ok {
				c.fail(CodeMalformed, "option %d: its %d bytes are no labels", tag, size)
			}
		case size != optionSize:
			c.fail(CodeMalformed, "option %d has %d bytes: it is a number of %d", tag, size, optionSize)
		default:
			seen[tag] = true
			setOption(s, tag, int64(binary.BigEndian.Uint64(value)))
		}
	}
}

// optionOf returns an option's value.
func optionOf(s *journal.Spec, tag uint8) int64 {
	switch tag {
	case optionTries:
		return int64(s.Tries)
	case optionLossMax:
		return int64(s.LossMax)
	case optionOnLoss:
		return int64(s.OnLoss)
	case optionStartTimeout:
		return s.StartTimeoutMS
	case optionRunTimeout:
		return s.RunTimeoutMS
	case optionQueueTimeout:
		return s.QueueTimeoutMS
	case optionCancelGrace:
		return s.CancelGraceMS
	case optionPriority:
		return int64(s.Priority)
	case optionDelay:
		return s.DelayMS
	case optionNotBefore:
		return s.NotBeforeMS
	case optionHold:
		if s.Hold {
			return 1
		}
	case optionRetryDelay:
		return s.RetryDelayMS
	case optionRetryMax:
		return s.RetryDelayMaxMS
	case optionFailUnmet:
		if s.FailUnmet {
			return 1
		}
	}
	return 0
}

// setOption puts an option's value into the spec. One that the field cannot
// hold becomes the highest that it can, which CheckSpec refuses.
func setOption(s *journal.Spec, tag uint8, n int64) {
	switch tag {
	case optionTries:
		s.Tries = uint32(saturate(n, math.MaxUint32))
	case optionLossMax:
		s.LossMax = uint32(saturate(n, math.MaxUint32))
	case optionOnLoss:
		s.OnLoss = journal.LossPolicy(saturate(n, math.MaxUint8))
	case optionStartTimeout:
		s.StartTimeoutMS = n
	case optionRunTimeout:
		s.RunTimeoutMS = n
	case optionQueueTimeout:
		s.QueueTimeoutMS = n
	case optionCancelGrace:
		s.CancelGraceMS = n
	case optionPriority:
		s.Priority = int32(max(min(n, math.MaxInt32), math.MinInt32))
	case optionDelay:
		s.DelayMS = n
	case optionNotBefore:
		s.NotBeforeMS = n
	case optionHold:
		s.Hold = n != 0
	case optionRetryDelay:
		s.RetryDelayMS = n
	case optionRetryMax:
		s.RetryDelayMaxMS = n
	case optionFailUnmet:
		s.FailUnmet = n != 0
	}
}

func saturate(n, most int64) int64 {
	if n < 0 || n > most {
		return most
	}
	return n
}

// A task as Status carries it: all that a client may see, without the options
// that it submitted itself.
func (m *Status) layout(c *coder) {
	c.request(&m.Req)
	t := m.Task // a copy, for the spec below is not the message's own
	c.bytes16((*[16]byte)(&t.ID))
	c.state(&t.State, journal.Pending)
	c.u32(&t.Attempt)
	c.u32(&t.Failures)
	c.u32(&t.Losses)
	c.u8((*uint8)(&t.Stopping))
	c.u8((*uint8)(&t.Reason))
	c.flags(&t.Held)
	for _, ms := range []*int64{&t.SubmittedMS, &t.PendingMS, &t.DispatchedMS, &t.StartedMS, &t.EndedMS, &t.CancelMS, &t.NotBeforeMS} {
		c.i64(ms)
	}
	c.taskSpec(&t)
	c.optionalName("worker", &t.Worker)
	c.text("bytes in cancel's by", &t.CancelBy, MaxName)
	c.text("bytes in cancel's text", &t.CancelText, MaxText)
	c.text("bytes in text", &t.Text, MaxText)
	c.beginTail(skipUnknown)
	c.tailName(fieldStatusClass, "class", &t.Class)
	c.endTail()
	if !c.writing {
		m.Task = t
	}
}

// taskSpec codes the part of the spec that names the task.
func (c *coder) taskSpec(t *journal.Task) {
	spec := journal.Spec{}
	if c.writing && t.Spec != nil {
		spec.Target, spec.Key = t.Spec.Target, t.Spec.Key
	}
	c.target(&spec.Target)
	c.key(&spec.Key)
	if !c.writing {
		t.Spec = &spec
	}
}
