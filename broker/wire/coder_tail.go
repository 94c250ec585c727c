package wire

import (
	"bytes"
	"encoding/binary"
)

// Some heads end with a tail: fields with a tag, so that a later version can say
// more. They stand in the rising order of their tags; one that can be repeated
// does so in a row.
//
//	+-----+--------+-----------------+
//	| tag | length | value ...       |   and so on, to the end of the head
//	+-----+--------+-----------------+
//	   1      2       length bytes
//
// A layout calls beginTail, then codes the fields that it knows in that order,
// and then calls endTail.

// unknownField says what becomes of a field that the reader doesn't know.
type unknownField bool

const (
	skipUnknown   unknownField = false // it only adds to what is said
	refuseUnknown unknownField = true  // it changes what is meant
)

// tagsEnd is above every tag.
const tagsEnd = 256

// fieldMax is what the length of a field can say, in bytes.
const fieldMax = 1<<16 - 1

func (c *coder) beginTail(u unknownField) { c.strict, c.lastTag = u == refuseUnknown, -1 }

// endTail takes what is left for fields that are not known.
func (c *coder) endTail() {
	if !c.writing {
		c.field(tagsEnd)
	}
}

// tailTexts codes texts, each in a field of its own. What is said of many, for
// the error.
func (c *coder) tailTexts(tag uint8, what string, list *[]string, limit int) {
	if c.writing {
		for i := range *list {
			c.writeField(tag, len((*list)[i]))
			c.chars(&(*list)[i], len((*list)[i]))
		}
		return
	}
	for value, ok := c.field(int(tag)); ok; value, ok = c.field(int(tag)) {
		if len(*list) == limit {
			c.fail(CodeTooLarge, "%d %s or more: at most %d are accepted", limit+1, what, limit)
			return
		}
		*list = append(*list, string(value))
	}
}

// tailName codes a name that may be left out.
func (c *coder) tailName(tag uint8, what string, name *string) {
	if c.writing {
		if *name != "" {
			c.refuse(CheckName(what, *name))
			c.writeField(tag, len(*name))
			c.chars(name, len(*name))
		}
		return
	}
	if value, ok := c.single(tag, what); ok {
		*name = string(value)
		c.refuse(CheckName(what, *name))
	}
}

// tailNumber codes a number from 0 to high, which is 0 when it is left out.
func (c *coder) tailNumber(tag uint8, what string, n *int64, high int64) {
	if !c.writing {
		if value, ok := c.singleOf(numberSize, tag, what); ok {
			*n = int64(binary.BigEndian.Uint64(value))
		}
	} else if *n != 0 {
		c.writeField(tag, numberSize)
		c.i64(n)
	}
	if *n < 0 || *n > high {
		c.fail(CodeBadOption, "%s %d: 0 to %d are accepted", what, *n, high)
	}
}

// tailBytes codes bytes that may be left out. What is read is a copy: a head may be gone
// soon.
func (c *coder) tailBytes(tag uint8, what string, b *[]byte) {
	if c.writing {
		if len(*b) > 0 {
			c.writeField(tag, len(*b))
			c.buf = append(c.buf, *b...)
		}
		return
	}
	if value, ok := c.single(tag, what); ok && len(value) > 0 {
		*b = bytes.Clone(value)
	}
}

// tailPart codes a field of so many bytes that is there if there is something to code, by part.
func tailPart[T any](c *coder, tag uint8, what string, size int, v **T, part func()) {
	if c.writing {
		if *v != nil {
			c.writeField(tag, size)
			part()
		}
		return
	}
	if value, ok := c.singleOf(size, tag, what); ok {
		*v = new(T)
		c.within(value, part)
	}
}

// writeField begins a field, or an option, whose value follows.
func (c *coder) writeField(tag uint8, size int) {
	if size > fieldMax {
		c.fail(CodeTooLarge, "field %d has %d bytes: at most %d are accepted", tag, size, fieldMax)
		return
	}
	n := uint16(size)
	c.u8(&tag)
	c.u16(&n)
}

// field returns the value of the next field if that has the tag. Fields with
// lower tags that stand before it are not known.
func (c *coder) field(tag int) (value []byte, ok bool) {
	for c.err == nil && len(c.buf) > 0 && int(c.buf[0]) <= tag {
		next, value := c.numbered()
		switch {
		case c.err != nil:
		case int(next) < c.lastTag:
			c.fail(CodeMalformed, "field %d stands behind field %d: the lower comes first", next, c.lastTag)
		case int(next) == tag:
			c.lastTag = tag
			return value, true
		case c.strict:
			c.fail(CodeUnsupported, "field %d is not known", next)
		}
		c.lastTag = int(next)
	}
	return nil, false
}

// single returns the value of a field that may come once.
func (c *coder) single(tag uint8, what string) (value []byte, ok bool) {
	value, ok = c.field(int(tag))
	if ok && len(c.buf) > 0 && c.buf[0] == tag {
		c.fail(CodeMalformed, "field %d (%s) comes twice", tag, what)
		return nil, false
	}
	return value, ok
}

// singleOf is single for a field of a fixed size.
func (c *coder) singleOf(size int, tag uint8, what string) (value []byte, ok bool) {
	value, ok = c.single(tag, what)
	if ok && len(value) != size {
		c.fail(CodeMalformed, "field %d (%s) has %d bytes: it is of %d", tag, what, len(value), size)
		return nil, false
	}
	return value, ok
}

// numbered reads a field's tag, or an option's number, and its value.
func (c *coder) numbered() (number uint8, value []byte) {
	var size uint16
	c.u8(&number)
	c.u16(&size)
	return number, c.take(int(size))
}
