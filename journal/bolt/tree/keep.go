package tree

import (
	"bytes"
	"sort"
)

// KeptBytes is how many bytes of pages are usually kept (see Keep). That is enough for the
// branches, and for the leaves of a million keys.
const KeptBytes = 96 << 20

// kept are pages that have been looked at, and are not read into again.
type kept struct {
	young, old map[uint64]*page
	bytes      int // of the young ones
	most       int // that these may have: then the old ones are let go
}

// Keep has the file keep pages in memory for later lookups, of so many bytes at most. Lookups
// then return parts of these pages instead of copies. The file must not change meanwhile, and
// only one goroutine may use it.
func (f *File) Keep(bytes int) { f.kept = &kept{young: make(map[uint64]*page), most: bytes / 2} }

// Again returns the same file for use by another goroutine. It keeps no pages.
func (f *File) Again() *File {
	g := *f
	g.kept = nil
	return &g
}

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
	if k.bytes += len(p.data); k.bytes > k.most {
		k.young, k.old, k.bytes = make(map[uint64]*page), k.young, len(p.data)
	}
	k.young[p.id] = p
}

// lookedUp is a leaf in which a key was looked up, as the next one is, too, as a rule.
type lookedUp struct {
	leaf   *page // nil for none
	keys   Span  // that are in it or would be
	before bool  // the leaf before it has been looked at, if there is one
	beside bool  // and that behind it
}

// leafOf returns the leaf to which a choice of children leads, and the keys that are in it or
// would be.
func (b *Bucket) leafOf(key []byte, child func(p *page, key []byte) int) (leaf *page, keys Span, err error) {
	if b.root == 0 {
		p, err := inlinePage(b.inline)
		if err == nil {
			err = p.checkLeaf(b.entryFlags(), nil, nil)
		}
		return &p, keys, err
	}
	id, low := b.root, []byte(nil)
	for level := 0; level <= maxDepth; level++ {
		p, err := b.keptPage(id, low, keys.High)
		if err != nil {
			return nil, keys, b.named(err)
		}
		if p.flags == flagLeaf {
			return p, keys, nil
		}
		at := child(p, key)
		low = p.key(at)
		if at > 0 { // the first child begins where its parent does, which may be nowhere
			keys.Low = low
		}
		if at+1 < p.count {
			keys.High = p.key(at + 1)
		}
		id = p.child(at)
	}
	return nil, keys, damagef("bucket %s: page %d: there are too many branches above it", b.Name, id)
}

// Search looks for a key that Get has not found. It also finds the key if other keys, in the
// branches above its leaf or in the leaf, are damaged. In each branch it tries only a few
// children, so that it ends soon also where there is much damage.
func (b *Bucket) Search(key []byte) (value []byte, found bool) {
	if b.root == 0 {
		p, err := inlinePage(b.inline)
		if err != nil {
			return nil, false
		}
		return p.scan(key)
	}
	return b.search(b.root, 0, key)
}

func (b *Bucket) search(id uint64, level int, key []byte) (value []byte, found bool) {
	p, err := b.file.read(id, flagBranch|flagLeaf, nil)
	if err != nil || level > maxDepth {
		return nil, false
	}
	if p.flags == flagLeaf {
		return p.scan(key)
	}
	first := p.childNear(key)
	for i := first; i < min(first+searched, p.count) && !found; i++ {
		value, found = b.search(p.child(i), level+1, key)
	}
	return value, found
}

// scan looks for a key in a leaf whose keys may be in any order.
func (p *page) scan(key []byte) (value []byte, found bool) {
	for i := range p.count {
		if bytes.Equal(p.key(i), key) {
			return p.value(i), true
		}
	}
	return nil, false
}

// searched is at how many children of a branch a search looks: by one wrong key, the first one
// is no more than three before that in which the key is.
const searched = 4

// keptPage returns a page whose keys begin with low and stay below high. One that is
// kept was looked at when it was read, but another branch may have led to it.
func (b *Bucket) keptPage(id uint64, low, high []byte) (*page, error) {
	if p := b.file.kept.page(id); p != nil {
		return p, p.checkEnds(low, high)
	}
	p, err := b.file.read(id, flagBranch|flagLeaf, nil)
	switch {
	case err != nil:
	case p.flags == flagLeaf:
		err = p.checkLeaf(b.entryFlags(), low, high)
	case p.count == 0:
		err = p.damaged("it has no children")
	default:
		err = p.checkKeys(low, high)
		if err == nil {
			err = p.checkChildren(b.file.Pages)
		}
	}
	if err != nil {
		return nil, err
	}
	b.file.kept.add(&p)
	return &p, nil
}

// checkChildren tells whether the children of a branch, in a file of so many pages, may be some.
func (p *page) checkChildren(pages uint64) error {
	for i := range p.count {
		if id := p.child(i); id < 2 || id >= pages || id == p.id {
			return p.damaged("its child %d is page %d", i, id)
		}
	}
	return nil
}

// childOf returns the child of a branch in which a key is, or would be.
func (p *page) childOf(key []byte) int {
	return sort.Search(p.count-1, func(i int) bool { return bytes.Compare(p.key(i+1), key) > 0 })
}

// childNear returns a child that is not behind the one in which a key is, or would be,
// though a key of the branch may be wrong: it goes by those that are in order with both
// beside them. Such a one may be wrong as well, but is above the one before it.
func (p *page) childNear(key []byte) int {
	for i := p.count - 1; i > 0; i-- {
		k := p.key(i)
		if bytes.Compare(k, key) <= 0 && bytes.Compare(p.key(i-1), k) < 0 && (i+1 == p.count || bytes.Compare(k, p.key(i+1)) < 0) {
			return i - 1
		}
	}
	return 0
}

// find looks a key up in a leaf.
func (p *page) find(key []byte) (value []byte, found bool) {
	at := sort.Search(p.count, func(i int) bool { return bytes.Compare(p.key(i), key) >= 0 })
	if at == p.count || !bytes.Equal(p.key(at), key) {
		return nil, false
	}
	return p.value(at), true
}
