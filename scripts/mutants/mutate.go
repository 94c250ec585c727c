package mutants

import (
	"encoding/binary"
	"math/bits"
)

// inputMax bounds an input: longer ones are slow, and say little that short ones don't.
const inputMax = 4 << 10

// stepsMax is the most changes that make a mutant of a seed.
const stepsMax = 4

// edges are numbers at which lengths, counts and signs end.
var edges = [...]uint64{
	0, 1, 2, 0x7e, 0x7f, 0x80, 0x81, 0xfe, 0xff, 0x100, 0x3fff, 0x4000, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000,
	0x7fffffff, 0x80000000, 0xffffffff, 1 << 32, 1<<62 - 1, 1<<63 - 1, 1 << 63, 1<<64 - 1,
}

// mutator makes inputs of seeds. Equal seeds of chance give equal inputs.
type mutator struct {
	seeds [][]byte
	rand  dice
	room  []byte // for a piece that is put in
}

// dice are numbers of chance that cost next to nothing: a mutant takes a dozen of them.
// They are wyrand's (Wang Yi, github.com/wangyi-fudan/wyhash).
type dice uint64

func (d *dice) Uint64() uint64 {
	*d += 0xa0761d6478bd642f
	hi, lo := bits.Mul64(uint64(*d), uint64(*d)^0xe7037ed1a0b428db)
	return hi ^ lo
}

// IntN returns a number from 0 below n, which is small: no rejection makes up for those
// that come a little oftener.
func (d *dice) IntN(n int) int {
	hi, _ := bits.Mul64(d.Uint64(), uint64(n))
	return int(hi)
}

func newMutator(seeds [][]byte, chance uint64) *mutator {
	m := &mutator{rand: dice(chance), room: make([]byte, 0, inputMax)}
	for _, s := range seeds {
		if len(s) <= inputMax {
			m.seeds = append(m.seeds, s)
		}
	}
	if len(m.seeds) == 0 {
		m.seeds = [][]byte{nil}
	}
	return m
}

// next appends one more input to b, which is empty.
func (m *mutator) next(b []byte) []byte {
	b = append(b, m.seed()...)
	for range 1 + m.rand.IntN(stepsMax) {
		b = mutations[m.rand.IntN(len(mutations))](m, b)
	}
	return b[:min(len(b), inputMax)]
}

func (m *mutator) seed() []byte { return m.seeds[m.rand.IntN(len(m.seeds))] }

// place returns an index of b, or its end.
func (m *mutator) place(b []byte) int { return m.rand.IntN(len(b) + 1) }

// piece returns where a piece of b begins and ends: mostly a short one.
func (m *mutator) piece(b []byte) (from, to int) {
	from = m.place(b)
	length := len(b) - from
	if m.rand.IntN(4) > 0 {
		length = min(length, 8)
	}
	return from, from + m.rand.IntN(length+1)
}

// mutations are the ways to change an input. Each may leave it as it is where there is
// nothing to change.
var mutations = [...]func(*mutator, []byte) []byte{
	(*mutator).flip, (*mutator).flip, (*mutator).set, (*mutator).step, (*mutator).number, (*mutator).digits,
	(*mutator).cut, (*mutator).drop, (*mutator).repeat, (*mutator).insert, (*mutator).splice, (*mutator).cross,
}

// flip flips a bit.
func (m *mutator) flip(b []byte) []byte {
	if len(b) > 0 {
		b[m.rand.IntN(len(b))] ^= 1 << m.rand.IntN(8)
	}
	return b
}

// set sets a byte to any.
func (m *mutator) set(b []byte) []byte {
	if len(b) > 0 {
		b[m.rand.IntN(len(b))] = byte(m.rand.Uint64())
	}
	return b
}

// step makes a byte a little more or less: a length that is not quite right.
func (m *mutator) step(b []byte) []byte {
	if len(b) > 0 {
		b[m.rand.IntN(len(b))] += byte(m.rand.IntN(9)) - 4
	}
	return b
}

// number puts a number at an edge in the place of one, in any size and order.
func (m *mutator) number(b []byte) []byte {
	var bytes [8]byte
	n, size := edges[m.rand.IntN(len(edges))], 1<<m.rand.IntN(4)
	if m.rand.IntN(2) == 0 {
		binary.BigEndian.PutUint64(bytes[:], n<<(64-8*size))
	} else {
		binary.LittleEndian.PutUint64(bytes[:], n)
	}
	copy(b[m.place(b):], bytes[:size])
	return b
}

// letters are those that texts of the decoders are made of.
const letters = "0123456789-+.,:;=!|*/\\\"'{}[]()<>@#%&_ \t\nabehiksmxTZ"

// digits sets a byte to one that texts are made of.
func (m *mutator) digits(b []byte) []byte {
	if len(b) > 0 {
		b[m.rand.IntN(len(b))] = letters[m.rand.IntN(len(letters))]
	}
	return b
}

// cut cuts the end off.
func (m *mutator) cut(b []byte) []byte { return b[:m.place(b)] }

// drop takes a piece out.
func (m *mutator) drop(b []byte) []byte {
	from, to := m.piece(b)
	return append(b[:from], b[to:]...)
}

// repeat doubles a piece.
func (m *mutator) repeat(b []byte) []byte {
	from, to := m.piece(b)
	return m.put(b, to, b[from:to])
}

// insert puts a byte of any sort in.
func (m *mutator) insert(b []byte) []byte {
	c := byte(m.rand.Uint64())
	if m.rand.IntN(2) == 0 {
		c = letters[m.rand.IntN(len(letters))]
	}
	return m.put(b, m.place(b), []byte{c})
}

// splice puts a piece of another seed in.
func (m *mutator) splice(b []byte) []byte {
	other := m.seed()
	from, to := m.piece(other)
	return m.put(b, m.place(b), other[from:to])
}

// cross goes on with the end of another seed.
func (m *mutator) cross(b []byte) []byte {
	other := m.seed()
	return append(b[:m.place(b)], other[m.place(other):]...)
}

// put puts a piece in, which may be one of b itself, if there is room.
func (m *mutator) put(b []byte, at int, piece []byte) []byte {
	n := len(piece)
	if len(b)+n > inputMax {
		return b
	}
	m.room = append(m.room[:0], piece...)
	piece = m.room
	b = append(b, piece...)
	copy(b[at+n:], b[at:len(b)-n])
	copy(b[at:], piece)
	return b
}
