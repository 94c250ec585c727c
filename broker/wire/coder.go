package wire

import (
	"encoding/binary"
	"math"
	"slices"

	"bcp/journal"
)

// coder reads or writes the head of a BCP/2 message. A message's layout is
// written once, as a sequence of calls that serves both directions, so that
// what is written and what is read cannot differ.
//
// The first error stays: after it nothing more is read, and what was written
// is thrown away.
type coder struct {
	buf     []byte // writing: the head so far; reading: what is left of it
	writing bool
	command command
	req     uint32 // of the request, once it is read
	place   int    // of the task in a batch, from 1; 0 for what is not of one
	bodies  []int  // how long those of a batch are
	err     *Error

	strict  bool // an unknown field of the tail is refused
	lastTag int  // of the tail's field that was read last
}

// fail keeps the first error, under the command's name.
func (c *coder) fail(code Code, format string, args ...any) {
	c.refuse(Errorf(code, format, args...))
}

func (c *coder) refuse(err *Error) {
	if err == nil || c.err != nil {
		return
	}
	if c.place > 0 {
		err = OfBatch(c.place-1, err)
	}
	err.Text = c.command.String() + ": " + err.Text
	err.Req = c.req
	c.err = err
}

// take returns the next n bytes of what is read, nil if there are not so many.
func (c *coder) take(n int) []byte {
	if c.err != nil {
		return nil
	}
	if len(c.buf) < n {
		c.fail(CodeMalformed, "head ends %d bytes early", n-len(c.buf))
		return nil
	}
	b := c.buf[:n:n]
	c.buf = c.buf[n:]
	return b
}

// end tells that nothing may follow in what is read.
func (c *coder) end() {
	if !c.writing && c.err == nil && len(c.buf) > 0 {
		c.fail(CodeMalformed, "head has %d bytes too many", len(c.buf))
	}
}

// sized codes a part of the head after its length.
func (c *coder) sized(part func()) {
	var size uint32
	start := len(c.buf)
	c.u32(&size)
	if c.writing {
		part()
		binary.BigEndian.PutUint32(c.buf[start:], uint32(len(c.buf)-start-4))
		return
	}
	c.within(c.take(int(size)), part)
}

// within reads a part of the head, which is all of the value.
func (c *coder) within(value []byte, part func()) {
	rest := c.buf
	c.buf = value
	part()
	c.end()
	c.buf = rest
}

func (c *coder) u8(v *uint8) {
	if c.writing {
		c.buf = append(c.buf, *v)
	} else if b := c.take(1); b != nil {
		*v = b[0]
	}
}

func (c *coder) u16(v *uint16) {
	if c.writing {
		c.buf = binary.BigEndian.AppendUint16(c.buf, *v)
	} else if b := c.take(2); b != nil {
		*v = binary.BigEndian.Uint16(b)
	}
}

func (c *coder) u32(v *uint32) {
	if c.writing {
		c.buf = binary.BigEndian.AppendUint32(c.buf, *v)
	} else if b := c.take(4); b != nil {
		*v = binary.BigEndian.Uint32(b)
	}
}

func (c *coder) u64(v *uint64) {
	if c.writing {
		c.buf = binary.BigEndian.AppendUint64(c.buf, *v)
	} else if b := c.take(8); b != nil {
		*v = binary.BigEndian.Uint64(b)
	}
}

func (c *coder) i64(v *int64) {
	if c.writing {
		c.buf = binary.BigEndian.AppendUint64(c.buf, uint64(*v))
	} else if b := c.take(8); b != nil {
		*v = int64(binary.BigEndian.Uint64(b))
	}
}

func (c *coder) id(id *journal.ID) { c.bytes16((*[16]byte)(id)) }

// bytes16 codes an identity: a ULID, a broker's or a worker's instance.
func (c *coder) bytes16(v *[16]byte) {
	if c.writing {
		c.buf = append(c.buf, v[:]...)
	} else if b := c.take(len(v)); b != nil {
		copy(v[:], b)
	}
}

// fraction codes a float between 0 and 1, or a negative one for unknown.
func (c *coder) fraction(v *float32) {
	bits := math.Float32bits(*v)
	c.u32(&bits)
	f := math.Float32frombits(bits)
	if !(f <= 1) || math.IsInf(float64(f), -1) {
		c.fail(CodeBadOption, "fraction %v: 0 to 1, or a negative number for unknown, is accepted", f)
		return
	}
	if !c.writing {
		*v = f
	}
}

// enum codes a number of a closed list.
func (c *coder) enum(what string, v *uint8, low, high uint8) {
	c.u8(v)
	if c.err == nil && (*v < low || *v > high) {
		c.fail(CodeMalformed, "%s %d: %d to %d are accepted", what, *v, low, high)
	}
}

// flags codes up to eight yes or no, the first one in the lowest bit. A bit
// that is not known changes the meaning, so it cannot be ignored.
func (c *coder) flags(bits ...*bool) {
	var b uint8
	for i, bit := range bits {
		if *bit {
			b |= 1 << i
		}
	}
	c.u8(&b)
	if b>>len(bits) != 0 {
		c.fail(CodeUnsupported, "flags %#02x: only the lowest %d bits are known", b, len(bits))
		return
	}
	if c.writing {
		return
	}
	for i, bit := range bits {
		*bit = b&(1<<i) != 0
	}
}

// request codes the number that the answer to a request repeats.
func (c *coder) request(v *uint32) {
	c.u32(v)
	c.req = *v
}

// ref codes which attempt is meant; attempts are counted from 1.
func (c *coder) ref(r *Ref) {
	c.taskRef(r)
	if c.err == nil && r.Attempt == 0 {
		c.fail(CodeMalformed, "attempt 0: attempts are counted from 1")
	}
}

// seq codes the number of what an attempt wants; they are counted from 1.
func (c *coder) seq(n *uint32) {
	c.u32(n)
	if c.err == nil && *n == 0 {
		c.fail(CodeMalformed, "seq 0: those of an attempt are counted from 1")
	}
}

// extendable codes which time-out is changed, by the number of its option.
func (c *coder) extendable(option *uint8) {
	c.u8(option)
	if c.err == nil && !slices.Contains(journal.Extendable, *option) {
		c.fail(CodeBadOption, "option %d: 5 (run-timeout), 24 (silence-timeout) or 25 (life-timeout) is accepted", *option)
	}
}

// taskRef codes a task with its last attempt, 0 if there was none.
func (c *coder) taskRef(r *Ref) {
	c.id(&r.Task)
	c.u32(&r.Attempt)
}

// items codes a worker's inventory.
func (c *coder) items(items *[]Item) {
	n := c.count("items in inventory", len(*items), MaxInventory, itemSize)
	grow(c, items, n)
	for i := range *items {
		it := &(*items)[i]
		c.ref(&it.Ref)
		c.enum("phase", (*uint8)(&it.Phase), uint8(PhaseTaken), uint8(PhaseEnded))
	}
}

// ids codes a list of tasks.
func (c *coder) ids(what string, ids *[]journal.ID, limit int) {
	n := c.count(what, len(*ids), limit, len(journal.ID{}))
	grow(c, ids, n)
	for i := range *ids {
		c.id(&(*ids)[i])
	}
}
