package power

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
)

// pageSize is the engine's, as it is for a file that it makes.
var pageSize = os.Getpagesize()

// metas returns the two meta pages; nil if they are not there.
func (c content) metas() []byte {
	if len(c.data) < 2*pageSize {
		return nil
	}
	return slices.Clone(c.data[:2*pageSize])
}

// withMetas returns the content with other meta pages.
func (c content) withMetas(metas []byte) content {
	c.data = slices.Clone(c.data)
	if len(c.data) >= 2*pageSize && metas != nil {
		copy(c.data, metas)
	}
	return c
}

// sectors are the units in which a disk may write.
var sectors = []int{512, 4096}

// mix decides what is left of a file that was this, durably, and is to be that.
func mix(r *rand.Rand, before, now content) content {
	sector := sectors[r.IntN(len(sectors))]
	left := content{size: between(r, before.size, now.size)}
	left.data = make([]byte, min(left.size, int64(max(len(before.data), len(now.data)))))
	copy(left.data, before.data)
	keeps := order(r, (len(left.data)+sector-1)/sector)
	for n, at := 0, 0; at < len(left.data); n, at = n+1, at+sector {
		if keeps(n) {
			clear(left.data[at:min(at+sector, len(left.data))])
			copy(left.data[at:], now.at(at, at+sector))
		}
	}
	return left
}

// between is the size of a file that was to get another.
func between(r *rand.Rand, before, now int64) int64 {
	low, high := min(before, now), max(before, now)
	return []int64{before, now, low + r.Int64N(high-low+1)}[r.IntN(3)]
}

// order decides which of so many sectors are written: all or none of them, those in
// front or at the back, or any.
func order(r *rand.Rand, sectors int) func(n int) bool {
	at, permille := r.IntN(sectors+1), r.IntN(1000)
	return []func(int) bool{
		func(int) bool { return true },
		func(int) bool { return false },
		func(n int) bool { return n < at },
		func(n int) bool { return n >= at },
		func(int) bool { return r.IntN(1000) < permille },
		func(int) bool { return r.IntN(1000) < permille },
	}[r.IntN(6)]
}

// equal tells whether the same is in both.
func (c content) equal(other content) bool {
	return c.size == other.size && bytes.Equal(bytes.TrimRight(c.data, "\x00"), bytes.TrimRight(other.data, "\x00"))
}
