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

func (x *index[K]) spotOf(name K) spot { return x.spotAt(maphash.Comparable(x.seed, name)) }

func (x *index[K]) spotAt(hash uint64) spot {
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
	x.place(s, t, found)
	x.last = t
}

// place puts a task where it belongs; found tells that it takes the place of another.
func (x *index[K]) place(s spot, t *task, found bool) {
	s.places[s.place], s.marks[s.place] = t, s.mark
	if !found {
		s.len++
		x.len++
	}
}

// hashed is a task and the hash of its name.
type hashed struct {
	*task
	hash uint64
}

// fill puts many tasks into an empty index, but for those without a name, shard after
// shard: to go from one to another with each would take several times as long, for none
// is in the processor's cache then. There is room for half as many more.
func (x *index[K]) fill(tasks []*task) {
	byShard, starts := x.sort(tasks)
	for i := range x.shards {
		these := byShard[starts[i]:starts[i+1]]
		if len(these) == 0 {
			continue
		}
		x.shards[i].room(max(len(these)+len(these)/2, 8))
		for _, t := range these {
			s, found := x.findHashed(t)
			x.place(s, t.task, found)
		}
	}
}

// findHashed is find for a task, of which the name is looked at only where another one
// could have it.
func (x *index[K]) findHashed(t hashed) (s spot, found bool) {
	for s = x.spotAt(t.hash); s.marks[s.place] != 0; s.place = s.next(s.place) {
		if s.marks[s.place] == s.mark && x.name(s.places[s.place]) == x.name(t.task) {
			return s, true
		}
	}
	return s, false
}

// sort returns the tasks in the order of their shards, those of each in the order in
// which they were, and where each shard's begin, with the end behind the last.
func (x *index[K]) sort(tasks []*task) (byShard []hashed, starts [indexShards + 1]int) {
	var none K
	named := make([]hashed, 0, len(tasks))
	for _, t := range tasks {
		if name := x.name(t); name != none {
			hash := maphash.Comparable(x.seed, name)
			named = append(named, hashed{t, hash})
			starts[hash%indexShards+1]++
		}
	}
	for i := range indexShards {
		starts[i+1] += starts[i]
	}
	next := starts
	byShard = make([]hashed, len(named))
	for _, t := range named {
		at := &next[t.hash%indexShards]
		byShard[*at] = t
		*at++
	}
	return byShard, starts
}

// room gives an empty shard so many places.
func (s *shard) room(places int) { s.places, s.marks = make([]*task, places), make([]uint8, places) }

// grow gives a shard half as many places more: twice as many would be empty for the most
// part.
func (x *index[K]) grow(s *shard) {
	old := s.places
	s.room(max(len(old)+len(old)/2, 8))
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
