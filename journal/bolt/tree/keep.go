package tree

import (
	"bytes"
	"fmt"
	"sort"
)

// keptBytes bounds what is kept of a file: of two halves, one is let go when the other
// is full. It is enough for the branches, and for the leaves of a million keys.
const keptBytes = 96 << 20

// kept are pages that have been looked at, and are not read into again.
type kept struct {
	young, old map[uint64]*page
	bytes      int // of the young ones
}

// Keep has pages kept in memory for lookups to come, and lookups return what is in them
// instead of copies. It is for what doesn't change, and for one goroutine.
func (f *File) Keep() { f.kept = &kept{young: make(map[uint64]*page)} }

// page returns a page that is kept; nil if it isn't.
func (k *kept) page(id uint64) *page {
	if p := k.young[id]; p != nil {
		return p
	}
	p := k.old[id]
	if p != nil {
		k.add(p)
	}
	return p
}

func (k *kept) add(p *page) {
	if k.bytes += len(p.data); k.bytes > keptBytes/2 {
		k.young, k.old, k.bytes = make(map[uint64]*page), k.young, len(p.data)
	}
	k.young[p.id] = p
}

// find looks a key up among the pages that are kept, and reads those that are not. What
// comes behind a leaf is left to a walk.
func (b *Bucket) find(key []byte) (value []byte, found bool, err error) {
	if b.root == 0 {
		p, err := inlinePage(b.inline)
		if err != nil {
			return nil, false, err
		}
		value, found = p.find(key)
		return value, found, nil
	}
	id, low, high := b.root, []byte(nil), []byte(nil)
	for level := 0; level <= maxDepth; level++ {
		p, err := b.keptPage(id, low, high)
		if err != nil {
			return nil, false, fmt.Errorf("bucket %s: %w", b.Name, err)
		}
		if p.flags == flagLeaf {
			value, found = p.find(key)
			return value, found, nil
		}
		at := p.childOf(key)
		if low = p.key(at); at+1 < p.count {
			high = p.key(at + 1)
		}
		id = p.child(at)
	}
	return nil, false, damagef("bucket %s: page %d: there are too many branches above it", b.Name, id)
}

// keptPage returns a page whose keys begin with low and stay below high. One that is
// kept was looked at when it was read.
func (b *Bucket) keptPage(id uint64, low, high []byte) (*page, error) {
	if p := b.file.kept.page(id); p != nil {
		return p, nil
	}
	p, err := b.file.read(id, flagBranch|flagLeaf, nil)
	switch {
	case err != nil:
	case p.flags == flagLeaf:
		err = p.checkLeaf(0, low, high)
	case p.count == 0:
		err = p.damaged("it has no children")
	default:
		err = p.checkKeys(low, high)
	}
	if err != nil {
		return nil, err
	}
	b.file.kept.add(&p)
	return &p, nil
}

// childOf returns the child of a branch in which a key is, or would be.
func (p *page) childOf(key []byte) int {
	return sort.Search(p.count-1, func(i int) bool { return bytes.Compare(p.key(i+1), key) > 0 })
}

// find looks a key up in a leaf.
func (p *page) find(key []byte) (value []byte, found bool) {
	at := sort.Search(p.count, func(i int) bool { return bytes.Compare(p.key(i), key) >= 0 })
	if at == p.count || !bytes.Equal(p.key(at), key) {
		return nil, false
	}
	return p.value(at), true
}
