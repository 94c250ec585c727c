package tree

import (
	"bytes"
	"sort"
)

// Sound looks at the leaf that a key is in, or would be: at what a walk looks at. It returns
// which keys the same holds for. The branches that lead there are trusted, as by Around.
func (b *Bucket) Sound(key []byte) (Span, error) { return b.sound(Walk{From: key, lookUp: true}) }

// SoundBeside is Sound for the leaves beside that one as well, with which bbolt makes it one
// when little is left in it.
func (b *Bucket) SoundBeside(key []byte) (keys Span, err error) {
	keys, err = b.Sound(key)
	if err == nil && keys.Low != nil {
		_, err = b.sound(Walk{From: keys.Low, before: true, lookUp: true})
	}
	if err == nil && keys.High != nil {
		_, err = b.Sound(keys.High)
	}
	return keys, err
}

func (b *Bucket) sound(w Walk) (keys Span, err error) {
	err = b.Leaves(w, func(l *Leaf) (more bool, err error) {
		keys = Span{bytes.Clone(l.keys.Low), bytes.Clone(l.keys.High)}
		return false, nil
	})
	return keys, err
}

// childBefore returns the last child of a branch of which the first key is below a key.
func (p *page) childBefore(key []byte) int {
	return sort.Search(p.count-1, func(i int) bool { return bytes.Compare(p.key(i+1), key) >= 0 })
}
