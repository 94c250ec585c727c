package tree

import (
	"bytes"
	"sort"
)

// Beyond returns the first entry behind a key, or the last one in front of it where that is
// asked for. It passes over pages that are damaged. A key of nil is no bound, and one of nil is
// returned if there is no such entry. The file has to keep pages (see Keep).
func (b *Bucket) Beyond(key []byte, descending bool) (at, value []byte) {
	child := (*page).childOf
	if descending {
		child = (*page).childBefore
	}
	for from := key; ; {
		leaf, keys, err := b.leafOf(from, child)
		if err == nil {
			if i := leaf.beyond(key, descending); i >= 0 && i < leaf.count {
				return leaf.key(i), leaf.value(i)
			}
		}
		if from = keys.High; descending {
			from = keys.Low
		}
		if from == nil {
			return nil, nil
		}
	}
}

// beyond returns which entry of a leaf is the next one beyond a key.
func (p *page) beyond(key []byte, descending bool) int {
	if descending {
		return sort.Search(p.count, func(i int) bool { return key != nil && bytes.Compare(p.key(i), key) >= 0 }) - 1
	}
	return sort.Search(p.count, func(i int) bool { return bytes.Compare(p.key(i), key) > 0 })
}
