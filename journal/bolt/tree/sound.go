package tree

import (
	"bytes"
	"sort"
)

// Sound looks at the leaf that a key is in, or would be: at what a walk looks at. It returns
// which keys the same holds for. It is for a file that keeps pages.
func (b *Bucket) Sound(key []byte) (Span, error) { return b.sound(key, (*page).childOf) }

// SoundBefore looks at the leaf before the one that begins with a key.
func (b *Bucket) SoundBefore(key []byte) (Span, error) { return b.sound(key, (*page).childBefore) }

func (b *Bucket) sound(key []byte, child func(p *page, key []byte) int) (Span, error) {
	leaf, keys, err := b.leafOf(key, child)
	if err == nil && b.root == 0 {
		err = leaf.checkLeaf(0, nil, nil)
	}
	return keys, err
}

// childBefore returns the last child of a branch of which the first key is below a key.
func (p *page) childBefore(key []byte) int {
	return sort.Search(p.count-1, func(i int) bool { return bytes.Compare(p.key(i+1), key) >= 0 })
}
