package broker

import "container/heap"

// ranked is what a ranking holds: it knows who goes before whom, and its place, inRanking.
type ranked[T any] interface {
	before(other T) bool
	slot() *int32
}

// inRanking is a member's place in its ranking: from 1; 0 while it is in none.
type inRanking struct{ index int32 }

func (r *inRanking) slot() *int32 { return &r.index }

// ranking is a heap whose members know their place, so that any of them can be
// moved or taken out.
type ranking[T ranked[T]] []T

// put adds a member, or moves it to its place after it has changed.
func (r *ranking[T]) put(x T) {
	if i := *x.slot(); i > 0 {
		heap.Fix(r, int(i)-1)
	} else {
		heap.Push(r, x)
	}
}

// remove takes a member out, if it is in.
func (r *ranking[T]) remove(x T) {
	if i := *x.slot(); i > 0 {
		heap.Remove(r, int(i)-1)
	}
}

// Len implements heap.Interface.
func (r ranking[T]) Len() int { return len(r) }

// Less implements heap.Interface.
func (r ranking[T]) Less(i, j int) bool { return r[i].before(r[j]) }

// Swap implements heap.Interface.
func (r ranking[T]) Swap(i, j int) {
	r[i], r[j] = r[j], r[i]
	*r[i].slot(), *r[j].slot() = int32(i+1), int32(j+1)
}

// Push implements heap.Interface.
func (r *ranking[T]) Push(x any) {
	*r = append(*r, x.(T))
	*(*r)[len(*r)-1].slot() = int32(len(*r))
}

// Pop implements heap.Interface.
func (r *ranking[T]) Pop() any {
	x := popLast((*[]T)(r))
	*x.slot() = 0
	return x
}
