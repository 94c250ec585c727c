package tree

import (
	"bytes"
	"fmt"
	"sort"
)

// Sound looks at the leaf that a key is in, or would be: at what a walk looks at. It returns
// which keys the same holds for. It is for a file that keeps pages.
func (b *Bucket) Sound(key []byte) (Span, error) { return b.sound(key, (*page).childOf) }

// SoundBefore looks at the leaf before the one that begins with a key.
func (b *Bucket) SoundBefore(key []byte) (Span, error) { return b.sound(key, (*page).childBefore) }

func (b *Bucket) sound(key []byte, child func(p *page, key []byte) int) (keys Span, err error) {
	if b.root == 0 {
		p, err := inlinePage(b.inline)
		if err != nil {
			return keys, err
		}
		return keys, p.checkLeaf(0, nil, nil)
	}
	id, low, high, first := b.root, []byte(nil), []byte(nil), true
	for level := 0; level <= maxDepth; level++ {
		p, err := b.keptPage(id, low, high)
		if err != nil {
			return keys, fmt.Errorf("bucket %s: %w", b.Name, err)
		}
		if p.flags == flagLeaf && first {
			low = nil
		}
		if p.flags == flagLeaf {
			return Span{low, high}, nil
		}
		at := child(p, key)
		if low = p.key(at); at+1 < p.count {
			high = p.key(at + 1)
		}
		id, first = p.child(at), first && at == 0
	}
	return keys, b.tooDeep(id)
}

// childBefore returns the last child of a branch of which the first key is below a key.
func (p *page) childBefore(key []byte) int {
	return sort.Search(p.count-1, func(i int) bool { return bytes.Compare(p.key(i+1), key) >= 0 })
}
