package tree

import (
	"bytes"
	"sort"
)

// Sound looks at the leaf that a key is in, or would be, and at those beside it, with which
// bbolt makes it one when little is left in it: at what a walk looks at. It returns which
// keys the same holds for. The branches that lead there are trusted, as by Around.
func (b *Bucket) Sound(key []byte) (looked Span, err error) {
	looked.Low = bytes.Clone(key)
	first := true
	err = b.Leaves(Walk{From: key, lookUp: true}, func(l *Leaf) (more bool, err error) {
		switch {
		case !first:
			looked.High = bytes.Clone(l.Key(0))
		case l.Len() > 0 && bytes.Compare(l.Key(0), key) < 0:
			looked.Low = bytes.Clone(l.Key(0))
		}
		more, first = first, false
		return more, nil
	})
	if err != nil {
		return looked, err
	}
	return looked, b.Leaves(Walk{From: looked.Low, before: true, lookUp: true}, func(*Leaf) (bool, error) { return false, nil })
}

// childBefore returns the last child of a branch of which the first key is below a key.
func (p *page) childBefore(key []byte) int {
	return sort.Search(p.count-1, func(i int) bool { return bytes.Compare(p.key(i+1), key) >= 0 })
}
