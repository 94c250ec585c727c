package tree

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	headerBytes  = 16
	elementBytes = 16

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagMeta     = 0x04
	flagFreelist = 0x10

	bucketEntry = 0x01 // flag of an entry of a leaf
)

// page is one that has been read and whose fields agree.
type page struct {
	id    uint64
	flags uint16
	data  []byte // from its header on
	count int
}

// read reads the page, which has one of the flags, with its overflow into buf, if that
// is large enough.
func (f *File) read(id uint64, flags uint16, buf []byte) (page, error) {
	return f.readTrusting(flagFreelist, id, flags, buf)
}

// readTrusting is read, and looks only at the header of a page that has this flag.
func (f *File) readTrusting(trusted uint16, id uint64, flags uint16, buf []byte) (page, error) {
	p, err := f.readHead(id, flags, buf)
	switch {
	case err != nil:
		return p, err
	case p.flags == trusted:
		return p, f.extend(&p, f.PageSize*(1+p.overflow()))
	}
	return p, f.look(&p)
}

// readHead reads the page without its overflow, and looks at its header.
func (f *File) readHead(id uint64, flags uint16, buf []byte) (p page, err error) {
	if err := within(id, f.Pages); err != nil {
		return p, err
	}
	p.id, p.flags = id, flags
	if p.data, err = f.bytes(id, f.PageSize, buf); err != nil {
		return p, err
	}
	return p, p.checkHeader(f.Pages - id)
}

// look looks at all of a page whose header is good.
func (f *File) look(p *page) error {
	elements, limit := headerBytes+p.count*elementBytes, int(f.Pages-p.id)*f.PageSize
	if elements > limit {
		return p.damaged("its %d entries are beyond the end of the file", p.count)
	}
	if err := f.extend(p, elements); err != nil {
		return err
	}
	size, err := p.measure(limit)
	if err != nil {
		return err
	}
	if want := (size+f.PageSize-1)/f.PageSize - 1; want != p.overflow() {
		return p.damaged("its overflow is %d pages, and it needs %d", p.overflow(), want)
	}
	return f.extend(p, size)
}

// bytes returns so many bytes from the beginning of a page on. They are read into buf, if that
// is large enough, or are in memory.
func (f *File) bytes(id uint64, size int, buf []byte) ([]byte, error) {
	at := int64(id) * int64(f.PageSize)
	if f.memory != nil {
		return f.memory[at:][:size:size], nil
	}
	if cap(buf) < size {
		buf = make([]byte, size)
	}
	n, err := f.from.ReadAt(buf[:size], at)
	switch {
	case n == size:
		return buf[:size], nil
	case errors.Is(err, io.EOF):
		return nil, damagef("page %d: it is beyond the end of the file", id)
	}
	return nil, fmt.Errorf("read page %d: %w", id, err)
}

// extend reads more of the page, if there isn't so much of it yet.
func (f *File) extend(p *page, size int) (err error) {
	if size > len(p.data) {
		p.data, err = f.bytes(p.id, (size+f.PageSize-1)/f.PageSize*f.PageSize, p.data)
	}
	return err
}

func (p *page) overflow() int { return int(binary.NativeEndian.Uint32(p.data[12:])) }

// checkHeader looks at what a page says of itself; after it, so many pages are left
// in the file, itself included.
func (p *page) checkHeader(left uint64) error {
	id, flags := binary.NativeEndian.Uint64(p.data), binary.NativeEndian.Uint16(p.data[8:])
	p.count = int(binary.NativeEndian.Uint16(p.data[10:]))
	switch {
	case id != p.id:
		return p.damaged("it says that it is page %d", id)
	case flags != p.flags && (flags != flagBranch && flags != flagLeaf || p.flags != flagBranch|flagLeaf):
		return p.damaged("its flags are %#x, and have to be %#x", flags, p.flags)
	case uint64(p.overflow()) >= left:
		return p.damaged("its overflow of %d pages is beyond the end of the file", p.overflow())
	}
	p.flags = flags
	return nil
}

// measure returns the size of the page after its elements have been looked at; it
// has to be below limit.
func (p *page) measure(limit int) (int, error) {
	at := headerBytes + p.count*elementBytes
	for i := range p.count {
		pos, key, value := p.element(i)
		if pos != at-headerBytes-i*elementBytes {
			return 0, p.damaged("the data of element %d is not where it has to be", i)
		}
		if at += key + value; at > limit || key == 0 {
			return 0, p.damaged("element %d can't be so large", i)
		}
	}
	return at, nil
}

// element returns where the data of an element is, from it on, and the sizes of its
// key and value.
func (p *page) element(i int) (pos, key, value int) {
	e := p.data[headerBytes+i*elementBytes:]
	if p.flags == flagBranch {
		return int(binary.NativeEndian.Uint32(e)), int(binary.NativeEndian.Uint32(e[4:])), 0
	}
	return int(binary.NativeEndian.Uint32(e[4:])), int(binary.NativeEndian.Uint32(e[8:])), int(binary.NativeEndian.Uint32(e[12:]))
}

func (p *page) key(i int) []byte {
	pos, key, _ := p.element(i)
	at := headerBytes + i*elementBytes + pos
	return p.data[at : at+key]
}

func (p *page) value(i int) []byte {
	pos, key, value := p.element(i)
	at := headerBytes + i*elementBytes + pos + key
	return p.data[at : at+value]
}

// child returns the page of a branch's element.
func (p *page) child(i int) uint64 {
	return binary.NativeEndian.Uint64(p.data[headerBytes+i*elementBytes+8:])
}

// entryFlags returns the flags of a leaf's element.
func (p *page) entryFlags(i int) uint32 {
	return binary.NativeEndian.Uint32(p.data[headerBytes+i*elementBytes:])
}

func (p *page) damaged(format string, args ...any) error {
	return damagef("page %d: %s", p.id, fmt.Sprintf(format, args...))
}
