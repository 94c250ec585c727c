package tree

import "bytes"

// keptMax is how many branches are kept, of a page each as a rule.
const keptMax = 4096

// Keep has branches kept in memory for lookups to come. It is for files that don't
// change, and for one goroutine.
func (f *File) Keep() { f.kept = make(map[uint64]page) }

// readKept reads a page into buf, or has it from the last time. Leaves are not kept:
// there are too many of them.
func (f *File) readKept(id uint64, flags uint16, buf []byte) (page, error) {
	if p, ok := f.kept[id]; ok && p.flags&flags != 0 {
		return p, nil
	}
	p, err := f.read(id, flags, buf)
	if err != nil || p.flags != flagBranch {
		return p, err
	}
	if err := p.checkKeys(nil, nil); err != nil {
		return p, err
	}
	if len(f.kept) >= keptMax {
		clear(f.kept)
	}
	p.checked, p.data = true, bytes.Clone(p.data)
	f.kept[id] = p
	return p, nil
}
