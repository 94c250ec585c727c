package tree

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math/bits"
)

// Marks say which pages of a file are in use, as far as walks have found out. A page that two
// things use is damage.
type Marks struct {
	seen  []uint64 // one bit for each page
	heads []uint64 // likewise, for each that is the first of a page with its overflow
	pages uint64
}

// NewMarks returns marks for the pages of the file. The two meta pages count as in use.
func (f *File) NewMarks() *Marks {
	words := (f.Pages + 63) / 64
	return &Marks{seen: make([]uint64, words), heads: make([]uint64, words), pages: f.Pages}
}

// add notes so many pages from id on, which are in the file if the first is. One that was come to
// before is damage.
func (m *Marks) add(id uint64, n int) error {
	if m == nil {
		return nil
	}
	if err := within(id, m.pages); err != nil {
		return err
	}
	m.heads[id/64] |= 1 << (id % 64)
	for i := id; i < id+uint64(n); i++ {
		if m.has(i) {
			return damagef("page %d: it is in two places", i)
		}
		m.seen[i/64] |= 1 << (i % 64)
	}
	return nil
}

// within tells whether a page is in a file of so many.
func within(id, pages uint64) error {
	if id < 2 || id >= pages {
		return damagef("page %d: the file has pages 2 to %d", id, pages-1)
	}
	return nil
}

// Join adds the marks of others. A page that both have is an error that wraps ErrDamaged.
func (m *Marks) Join(others *Marks) error {
	for i := range m.seen {
		if twice := m.seen[i] & others.seen[i]; twice != 0 {
			return damagef("page %d: it is in two places", i*64+bits.TrailingZeros64(twice))
		}
		m.seen[i] |= others.seen[i]
		m.heads[i] |= others.heads[i]
	}
	return nil
}

func (m *Marks) has(id uint64) bool { return m.seen[id/64]&(1<<(id%64)) != 0 }

// headBefore returns the nearest page below id that something begins with.
func (m *Marks) headBefore(id uint64) (head uint64, ok bool) {
	for word := int64(id / 64); word >= 0; word-- {
		heads := m.heads[word]
		if word == int64(id/64) {
			heads &= 1<<(id%64) - 1
		}
		if heads != 0 {
			return uint64(word)*64 + uint64(bits.Len64(heads)) - 1, true
		}
	}
	return 0, false
}

// Missing returns the first page that is not marked, or false if all are.
func (m *Marks) Missing() (uint64, bool) {
	for id := range m.unseen() {
		return id, true
	}
	return 0, false
}

// unseen goes through the pages that have not been come to, in order.
func (m *Marks) unseen() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for id := uint64(2); id < m.pages; id++ {
			if !m.has(id) && !yield(id) {
				return
			}
		}
	}
}

// HasFreelist tells whether the file has a list of its free pages.
func (f *File) HasFreelist() bool { return f.freelist != noFreelist }

// Free checks the list of free pages, and marks these pages. If one is marked already, or is
// an overflow page of something that is marked, the error wraps ErrDamaged. Where only the
// first page of something is marked, that page is read, to see how many belong to it.
func (f *File) Free(marks *Marks) error {
	if !f.HasFreelist() {
		return nil
	}
	if err := f.free(marks); err != nil {
		return fmt.Errorf("list of free pages: %w", err)
	}
	return nil
}

func (f *File) free(marks *Marks) error {
	ids, err := f.freePages(marks)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if i == 0 || id != ids[i-1]+1 {
			if err := f.checkBefore(id, marks); err != nil {
				return err
			}
		}
	}
	for _, id := range ids {
		if err := marks.add(id, 1); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) freePages(marks *Marks) ([]uint64, error) {
	p, err := f.read(f.freelist, flagFreelist, nil)
	if err != nil {
		return nil, err
	}
	if err := marks.add(p.id, 1+p.overflow()); err != nil {
		return nil, err
	}
	data, count := p.data[headerBytes:], uint64(p.count)
	if count == countMany {
		count, data = binary.NativeEndian.Uint64(data), data[8:]
	}
	if count > uint64(len(data)/8) {
		return nil, p.damaged("it can't have %d entries", count)
	}
	ids := make([]uint64, count)
	for i := range ids {
		ids[i] = binary.NativeEndian.Uint64(data[8*i:])
		if i > 0 && ids[i] <= ids[i-1] {
			return nil, p.damaged("entry %d is not above the one before", i)
		}
	}
	return ids, nil
}

// checkBefore tells whether what begins before a free page also ends before it.
func (f *File) checkBefore(id uint64, marks *Marks) error {
	if err := within(id, f.Pages); err != nil {
		return err
	}
	head, ok := marks.headBefore(id)
	if !ok {
		return nil
	}
	header, err := f.bytes(head, headerBytes, nil)
	if err != nil {
		return err
	}
	end := head + uint64(binary.NativeEndian.Uint32(header[12:]))
	if end < id {
		return nil
	}
	if _, err := f.read(head, flagBranch|flagLeaf, nil); errors.Is(err, ErrDamaged) {
		return nil // what it says is told by who reads it, and tells nothing of the list
	}
	return damagef("page %d: it is free, and page %d goes up to %d", id, head, end)
}
