package tree

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// Errors of a File.
var (
	// ErrDamaged tells that a page of the file is not as bbolt would have written it.
	ErrDamaged = errors.New("damaged")
	// ErrForeign tells that the file was not written by bbolt.
	ErrForeign = errors.New("not a bbolt file")
)

// damageError is an ErrDamaged that says what is wrong.
type damageError struct{ text string }

func (e *damageError) Error() string        { return e.text }
func (e *damageError) Is(target error) bool { return target == ErrDamaged }

func damagef(format string, args ...any) error {
	return &damageError{fmt.Sprintf(format, args...)}
}

// A meta is at the head of each of the first two pages; the valid one with the
// higher transaction counts, and the other is that of the commit before.
//
//	page   +----------------+-----------------------------------------------
//	       | page header 16 | meta
//	       +----------------+-----------------------------------------------
//	meta   +-------+---------+----------+-------+------+----------+-------+----
//	       | magic | version | pageSize | flags | root | freelist | pages | ...
//	       | 4     | 4       | 4        | 4     | 16   | 8        | 8     |
//	       +-------+---------+----------+-------+------+----------+-------+----
//	       ... transaction 8 | checksum 8 (FNV-1a of all before it)
const (
	magic     = 0xED0CDAED
	metaBytes = 64

	// noFreelist stands in the place of the list's page where there is none.
	noFreelist = ^uint64(0)
)

// metaOffsets is where a meta can be: the second is one page after the first,
// and pages have the size of the machine that made the file.
var metaOffsets = []int64{0, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10}

// File is a bbolt file as of one commit.
type File struct {
	from     io.ReaderAt
	memory   []byte // in which the file is; nil if it is read
	PageSize int
	Pages    uint64 // of the file that have been in use
	root     uint64
	freelist uint64
	meta     [metaBytes]byte // zero for a transaction that is under way
	kept     *kept           // see Keep; nil if nothing is
}

// Open returns the file, whose size is given in bytes, as of its newest commit. If it is cut off, or
// only one of the two metas is valid, it returns the file and an error, which wraps ErrDamaged unless
// the disk doesn't deliver the other meta: bbolt would use the valid one, and so perhaps lose the last
// commit without a word.
func Open(from io.ReaderAt, size int64) (*File, error) {
	var f File
	var undelivered error
	seen, valid := 0, 0
	for _, offset := range metaOffsets {
		meta := make([]byte, metaBytes)
		if n, err := from.ReadAt(meta, offset+headerBytes); n < metaBytes {
			if !errors.Is(err, io.EOF) {
				undelivered = fmt.Errorf("read the meta pages: %w", err)
			}
			continue
		}
		if binary.NativeEndian.Uint32(meta) != magic {
			continue
		}
		seen++
		if !sound(meta) || f.PageSize != 0 && int64(f.PageSize) != offset {
			continue
		}
		valid++
		if valid == 1 || transactionOf(meta) > transactionOf(f.meta[:]) {
			f = readMeta(from, meta)
		}
	}
	switch {
	case valid == 0 && undelivered != nil:
		return nil, undelivered
	case seen == 0:
		return nil, ErrForeign
	case valid == 0:
		return nil, damagef("neither meta page is valid")
	case uint64(size) < f.Pages*uint64(f.PageSize):
		return &f, damagef("it is cut off: %d of %d bytes are there", size, f.Pages*uint64(f.PageSize))
	case valid != 2 && undelivered != nil:
		return &f, undelivered
	case valid != 2:
		return &f, damagef("one of the two meta pages is not valid: the last commit may be missing")
	}
	return &f, nil
}

// CheckMetas tells whether bbolt can begin with the file, whose pages have that size, and at
// least one of its two metas is valid. An error wraps ErrDamaged, or is one of reading.
func CheckMetas(from io.ReaderAt, pageSize int) error {
	var page [headerBytes + metaBytes]byte
	valid := false
	for _, offset := range []int64{0, int64(pageSize)} {
		if _, err := from.ReadAt(page[:], offset); err != nil {
			return err
		}
		valid = valid || sound(page[headerBytes:])
	}
	if !valid {
		return damagef("neither meta page is valid")
	}
	return nil
}

func readMeta(from io.ReaderAt, meta []byte) File {
	return File{
		from: from, PageSize: int(binary.NativeEndian.Uint32(meta[8:])), root: binary.NativeEndian.Uint64(meta[16:]),
		freelist: binary.NativeEndian.Uint64(meta[32:]), Pages: binary.NativeEndian.Uint64(meta[40:]),
		meta: [metaBytes]byte(meta),
	}
}

func transactionOf(meta []byte) uint64 { return binary.NativeEndian.Uint64(meta[48:]) }

func sound(meta []byte) bool {
	return sumOf(meta) == binary.NativeEndian.Uint64(meta[metaBytes-8:])
}

// sumOf computes the checksum of a meta.
func sumOf(meta []byte) uint64 {
	sum := fnv.New64a()
	sum.Write(meta[:metaBytes-8])
	return sum.Sum64()
}

// At returns the file as a bbolt transaction sees it, in which the root bucket begins at page
// root. The file is valid as long as the transaction lasts.
func At(from io.ReaderAt, pageSize int, pages, root uint64) *File {
	return &File{from: from, PageSize: pageSize, Pages: pages, root: root, freelist: noFreelist}
}

// In is At for a file that is in memory: the memory holds all of its pages. Walks and lookups
// return parts of that memory.
func In(memory []byte, pageSize int, root uint64) *File {
	return &File{memory: memory, PageSize: pageSize, Pages: uint64(len(memory) / pageSize), root: root, freelist: noFreelist}
}

// KeepMeta writes the meta of the newest commit once more, and syncs the file. Who has committed may
// have been killed before the meta was durable, or told that it is not. A later transaction takes the
// pages that the commit has freed, and after a power failure the meta before it would need them.
func (f *File) KeepMeta(to Out) error {
	slot, meta := metaPage(f.meta)
	if _, err := to.WriteAt(meta, f.offset(slot)); err != nil {
		return err
	}
	return to.Sync()
}

// metaPage makes the page of a meta, and tells which one that is. It is only what bbolt reads of
// it, which no disk writes in part.
func metaPage(meta [metaBytes]byte) (id uint64, page []byte) {
	id = transactionOf(meta[:]) % 2
	page = make([]byte, headerBytes, headerBytes+metaBytes)
	binary.NativeEndian.PutUint64(page, id)
	binary.NativeEndian.PutUint16(page[8:], flagMeta)
	return id, append(page, meta[:]...)
}
