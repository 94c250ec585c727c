package tree

import (
	"encoding/binary"
	"testing"
)

// branchOf returns a branch with keys of one byte.
func branchOf(keys []byte) *page {
	p := &page{flags: flagBranch, count: len(keys), data: make([]byte, headerBytes+len(keys)*elementBytes)}
	for i, key := range keys {
		e := p.data[headerBytes+i*elementBytes:]
		binary.NativeEndian.PutUint32(e, uint32(len(p.data)-headerBytes-i*elementBytes))
		binary.NativeEndian.PutUint32(e[4:], 1)
		p.data = append(p.data, key)
	}
	return p
}

// Whichever key of a branch is wrong, and whatever it is, who looks for a key among as many
// children as a search does comes to the one in which it is.
func TestChildNear(t *testing.T) {
	keys := []byte{10, 20, 30, 40, 50, 60, 70}
	for wrong := range keys {
		for as := range byte(90) {
			spoiled := append([]byte{}, keys...)
			spoiled[wrong] = as
			p := branchOf(spoiled)
			for key := byte(5); key < 80; key++ {
				in := branchOf(keys).childOf([]byte{key})
				if first := p.childNear([]byte{key}); in < first || in >= first+searched {
					t.Errorf("key %d is in child %d, and with keys %v the first one is %d", key, in, spoiled, first)
				}
			}
		}
	}
}
