package broker

import (
	"hash/maphash"
	"math/bits"
)

// index finds tasks by what they are called. It holds nothing but their addresses,
// for there may be millions: a table of the language's own would hold every name
// again.
//
// The tasks are in shards by their hash, and a shard is a table with open
// addressing, where a task is at the first free place from its own on. So it grows
// shard by shard: nobody waits until millions have moved.
type index[K comparable] struct {
	name   func(*task) K
	seed   maphash.Seed
	last   *task // found or put last, for it is often looked for again; nil for none
	len    int
	shards [indexShards]shard
}

// indexShards is so many that one of 20 million tasks has some 20,000: half a
// millisecond when it grows.
const indexShards = 1024

// shard has a mark beside each place: some bits of the hash of the task there, not
// 0, or 0 where none is. So a search looks at hardly a task but the one it is for.
type shard struct {
	places []*task
	marks  []uint8
	len    int
}

func newIndex[K comparable](name func(*task) K) *index[K] {
	return &index[K]{name: name, seed: maphash.MakeSeed()}
}

// spot is where a name belongs.
type spot struct {
	*shard
	place int
	mark  uint8
}

func (x *index[K]) spotOf(name K) spot {
	hash := maphash.Comparable(x.seed, name)
	s := &x.shards[hash%indexShards]
	share := hash / indexShards << 17 // but for the 7 bits that are the mark
	place, _ := bits.Mul64(share, uint64(len(s.places)))
	return spot{s, int(place), uint8(1 + hash>>57)}
}

// find goes to where the task of that name is, or to the free place where it would
// be, and tells which.
func (x *index[K]) find(name K) (s spot, found bool) {
	for s = x.spotOf(name); len(s.places) > 0 && s.marks[s.place] != 0; s.place = s.next(s.place) {
		if s.marks[s.place] == s.mark && x.name(s.places[s.place]) == name {
			return s, true
		}
	}
	return s, false
}

// next returns the place after one; after the last comes the first.
func (s *shard) next(i int) int {
	if i++; i == len(s.places) {
		return 0
	}
	return i
}

// get returns the task of that name, or nil.
func (x *index[K]) get(name K) *task {
	if x.last != nil && x.name(x.last) == name {
		return x.last
	}
	s, found := x.find(name)
	if !found {
		return nil
	}
	x.last = s.places[s.place]
	return x.last
}

// put adds a task, in place of an earlier one of its name.
func (x *index[K]) put(t *task) {
	s, found := x.find(x.name(t))
	if !found && 4*(s.len+1) > 3*len(s.places) {
		x.grow(s.shard)
		s, _ = x.find(x.name(t))
	}
	s.places[s.place], s.marks[s.place], x.last = t, s.mark, t
	if !found {
		s.len++
		x.len++
	}
}

// grow gives a shard half as many places more: twice as many would be empty for the most
// part.
func (x *index[K]) grow(s *shard) {
	old := s.places
	s.places = make([]*task, max(len(old)+len(old)/2, 8))
	s.marks = make([]uint8, len(s.places))
	for _, t := range old {
		if t != nil {
			free, _ := x.find(x.name(t))
			s.places[free.place], s.marks[free.place] = t, free.mark
		}
	}
}

// remove takes the task of that name out, if there is one. Those behind it that had
// to go on for it move up.
func (x *index[K]) remove(name K) {
	s, found := x.find(name)
	if !found {
		return
	}
	x.last = nil
	hole := s.place
	for i := s.next(hole); s.places[i] != nil; i = s.next(i) {
		home := x.spotOf(x.name(s.places[i])).place
		if s.distance(home, i) >= s.distance(hole, i) {
			s.places[hole], s.marks[hole] = s.places[i], s.marks[i]
			hole = i
		}
	}
	s.places[hole], s.marks[hole] = nil, 0
	s.len--
	x.len--
}

// distance is how many places further on one is than another.
func (s *shard) distance(from, to int) int {
	if to < from {
		to += len(s.places)
	}
	return to - from
}

// each calls fn for every task, in no order.
func (x *index[K]) each(fn func(*task)) {
	for i := range x.shards {
		for _, t := range x.shards[i].places {
			if t != nil {
				fn(t)
			}
		}
	}
}
