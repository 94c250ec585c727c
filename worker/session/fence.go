package session

import (
	"encoding/binary"
	"math/bits"

	"bcp/broker/wire"
	"bcp/journal"
)

// fence remembers the newest attempt of the tasks that were last seen, so that
// a dispatch that comes late or twice is not run. Each task looks into it and is put
// there, so it has a hash table of its own, that touches less memory than a map.
//
//	places: | 0 | 2 | 0 | 1 | ...     ring: | task, attempt | task, attempt | ...
//	              |   +-- 1 + index --------^               ^
//	              +-----------------------------------------+
type fence struct {
	ring   []wire.Ref // the newest attempts, in order of the tasks' arrival; the oldest is overwritten
	next   int        // the oldest, once the ring is full
	places []uint32   // where in the ring, plus 1, or 0; a task is at its own place or one of the next
}

func newFence(size int) fence {
	return fence{ring: make([]wire.Ref, 0, size), places: make([]uint32, 1<<bits.Len(uint(2*size-1)))}
}

// admit tells whether no such attempt, and no newer one, was seen; now it has been.
func (f *fence) admit(ref wire.Ref) bool {
	if at := f.places[f.find(ref.Task)]; at > 0 {
		newest := &f.ring[at-1].Attempt
		if ref.Attempt <= *newest {
			return false
		}
		*newest = ref.Attempt
		return true
	}
	f.remember(ref)
	return true
}

// remember puts a task into the ring, and forgets the oldest if that is full.
func (f *fence) remember(ref wire.Ref) {
	at := len(f.ring)
	if at < cap(f.ring) {
		f.ring = append(f.ring, ref)
	} else {
		at = f.next
		f.forget(f.find(f.ring[at].Task))
		f.ring[at] = ref
		f.next = (at + 1) % len(f.ring)
	}
	f.places[f.find(ref.Task)] = uint32(at + 1)
}

// forget frees a place. Tasks behind it that are not at their own are moved up, so that
// they are found.
func (f *fence) forget(free int) {
	mask := len(f.places) - 1
	for i := (free + 1) & mask; f.places[i] > 0; i = (i + 1) & mask {
		if own := f.own(f.ring[f.places[i]-1].Task); (i-own)&mask >= (i-free)&mask {
			f.places[free] = f.places[i]
			free = i
		}
	}
	f.places[free] = 0
}

// find returns the place of a task, or the free one that it would be put into.
func (f *fence) find(task journal.ID) int {
	i := f.own(task)
	for f.places[i] > 0 && f.ring[f.places[i]-1].Task != task {
		i = (i + 1) & (len(f.places) - 1)
	}
	return i
}

// own returns the place where a task is looked for first.
func (f *fence) own(task journal.ID) int {
	const golden = 0x9e3779b97f4a7c15 // spreads IDs that follow each other
	return int(binary.BigEndian.Uint64(task[8:]) * golden >> (64 - bits.Len(uint(len(f.places)-1))))
}
