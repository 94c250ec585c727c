package tree

import (
	"bytes"
	"sort"
)

// Sound checks the leaf that a key is in, or would be in if it were there, as a walk does. The
// file has to keep pages (see Keep), so that each page is checked once.
func (b *Bucket) Sound(key []byte) error {
	if b.last.leaf != nil && b.last.keys.Has(key) {
		return nil
	}
	leaf, keys, err := b.leafOf(key, (*page).childOf)
	if err == nil {
		next := keys.Low == nil || b.last.leaf != nil && bytes.Equal(keys.Low, b.last.keys.High)
		b.last = lookedUp{leaf: leaf, keys: keys, before: next}
	}
	return err
}

// SoundAround is Sound, and checks the leaves beside that leaf as well.
func (b *Bucket) SoundAround(key []byte) error {
	err := b.Sound(key)
	if err != nil || b.last.beside {
		return err
	}
	if high := b.last.keys.High; high != nil {
		_, _, err = b.leafOf(high, (*page).childOf)
	}
	if err == nil && !b.last.before {
		_, _, err = b.leafOf(b.last.keys.Low, (*page).childBefore)
	}
	b.last.beside = err == nil
	return err
}

// childBefore returns the last child of a branch of which the first key is below a key; nil is no
// bound.
func (p *page) childBefore(key []byte) int {
	return sort.Search(p.count-1, func(i int) bool { return key != nil && bytes.Compare(p.key(i+1), key) >= 0 })
}
