package wire

import "math"

// name codes a name that must be there: one length byte, then the name.
func (c *coder) name(what string, s *string) {
	c.optionalName(what, s)
	if c.err == nil && *s == "" {
		c.refuse(CheckName(what, *s))
	}
}

// optionalName codes a name that may be empty.
func (c *coder) optionalName(what string, s *string) {
	if c.writing && *s != "" {
		c.refuse(CheckName(what, *s))
	}
	n := uint8(min(len(*s), math.MaxUint8))
	c.u8(&n)
	c.chars(s, int(n))
	if !c.writing && *s != "" {
		c.refuse(CheckName(what, *s))
	}
}

// key codes a client's key, which may be any bytes.
func (c *coder) key(s *string) { c.exact("bytes in key", s, MaxKey) }

// text codes words for people. They are cut where they are written, and refused
// where they come in longer than that. What says what is counted, for the error.
func (c *coder) text(what string, s *string, limit int) {
	if !c.writing {
		c.exact(what, s, limit)
		return
	}
	t := cut(*s, limit)
	c.exact(what, &t, limit)
}

// exact codes a text that would mean something else if it were cut: one that is too
// long is refused on either side.
func (c *coder) exact(what string, s *string, limit int) {
	n := c.count(what, len(*s), limit, 1)
	c.chars(s, n)
}

// names codes a list of names, none of them empty.
func (c *coder) names(what string, list *[]string, limit int) {
	n := c.count(what+"s", len(*list), limit, 2)
	grow(c, list, n)
	for i := range *list {
		c.name(what, &(*list)[i])
	}
}

// argv codes a command with its arguments. One argument alone may be longer
// than two length bytes can say.
func (c *coder) argv(argv *[]string) {
	n := c.count("arguments", len(*argv), MaxArgv, 4)
	grow(c, argv, n)
	for i := range *argv {
		a := &(*argv)[i]
		size := uint32(len(*a))
		c.u32(&size)
		c.chars(a, int(size))
	}
	if c.err == nil {
		c.refuse(checkArgv(*argv))
	}
}

// chars codes n bytes of a string whose length is said elsewhere.
func (c *coder) chars(s *string, n int) {
	if c.err != nil {
		return
	}
	if c.writing {
		c.buf = append(c.buf, *s...)
	} else if b := c.take(n); b != nil {
		*s = string(b)
	}
}

// count codes a length in two bytes and refuses one over the limit. Of what is
// read it also refuses more elements than the rest of the head can hold, each
// of at least size bytes: memory is taken only for what has arrived.
func (c *coder) count(what string, n, limit, size int) int {
	if c.writing && n > limit {
		c.fail(CodeTooLarge, "%d %s: at most %d are accepted", n, what, limit)
		return 0
	}
	v := uint16(n)
	c.u16(&v)
	switch n = int(v); {
	case c.err != nil:
		return 0
	case n > limit:
		c.fail(CodeTooLarge, "%d %s: at most %d are accepted", n, what, limit)
		return 0
	case !c.writing && n*size > len(c.buf):
		c.fail(CodeMalformed, "%d %s: the head ends before", n, what)
		return 0
	}
	return n
}

// grow makes room for the elements that are about to be read.
func grow[T any](c *coder, list *[]T, n int) {
	if !c.writing && n > 0 {
		*list = make([]T, n)
	}
}
