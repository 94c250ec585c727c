package tree

import (
	"encoding/binary"
	"io"
	"slices"
)

// Out is a file that is written to. What was written before Sync is durable when Sync returns.
type Out interface {
	io.WriterAt
	Sync() error
}

// WriteList writes a list of free pages into a file that has none, in a transaction that
// changes nothing else. All pages that are not marked are free, so the marks have to be those
// of a walk through all leaves. The list is written into some of the free pages and synced.
// Then the older of the two meta pages is written over, which makes the list valid:
//
//	free pages --> list --> sync --> meta of the next transaction --> sync
//
// If no free pages that lie together have room for the list, WriteList writes nothing and
// returns false. Nobody else may write to the file meanwhile, nor have it open with bbolt.
func (f *File) WriteList(to Out, marks *Marks) (written bool, err error) {
	free := slices.Collect(marks.unseen())
	room := (listBytes(len(free)) + f.PageSize - 1) / f.PageSize
	at, ok := runOf(free, room)
	if !ok {
		return false, nil
	}
	id := free[at]
	list := f.list(id, slices.Delete(free, at, at+room), room)
	if _, err := to.WriteAt(list, f.offset(id)); err != nil {
		return false, err
	}
	if err := to.Sync(); err != nil {
		return false, err
	}
	slot, meta := f.nextMeta(id)
	if _, err := to.WriteAt(meta, f.offset(slot)); err != nil {
		return false, err
	}
	return true, to.Sync()
}

// Same tells whether both files are as of the same commit.
func (f *File) Same(other *File) bool { return f.meta == other.meta }

func (f *File) offset(page uint64) int64 { return int64(page) * int64(f.PageSize) }

// runOf returns where so many pages are that follow each other.
func runOf(ids []uint64, n int) (at int, ok bool) {
	for at = 0; at+n <= len(ids); at++ {
		if ids[at+n-1]-ids[at] == uint64(n-1) {
			return at, true
		}
	}
	return 0, false
}

// countMany stands in the place of the count of a list that has so many or more; the count
// is in front of the list then.
const countMany = 0xFFFF

// listBytes is the size of a list of so many free pages.
func listBytes(n int) int {
	if n >= countMany {
		n++
	}
	return headerBytes + 8*n
}

// list makes the list of free pages that is on so many pages from id on.
func (f *File) list(id uint64, free []uint64, pages int) []byte {
	data := make([]byte, pages*f.PageSize)
	binary.NativeEndian.PutUint64(data, id)
	binary.NativeEndian.PutUint16(data[8:], flagFreelist)
	binary.NativeEndian.PutUint16(data[10:], uint16(min(len(free), countMany)))
	binary.NativeEndian.PutUint32(data[12:], uint32(pages-1))
	rest := data[headerBytes:]
	if len(free) >= countMany {
		binary.NativeEndian.PutUint64(rest, uint64(len(free)))
		rest = rest[8:]
	}
	for n, id := range free {
		binary.NativeEndian.PutUint64(rest[8*n:], id)
	}
	return data
}

// nextMeta makes the meta of the next transaction, in which there is a list of free pages,
// and tells which page it belongs to.
func (f *File) nextMeta(list uint64) (id uint64, page []byte) {
	meta := f.meta
	binary.NativeEndian.PutUint64(meta[32:], list)
	binary.NativeEndian.PutUint64(meta[48:], transactionOf(meta[:])+1)
	binary.NativeEndian.PutUint64(meta[metaBytes-8:], sumOf(meta[:]))
	return metaPage(meta)
}
