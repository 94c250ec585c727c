package broker

import (
	"container/heap"
	"iter"
)

// inOrder goes through the members of rankings, the first of all first. It takes
// time with those that it has come to, not with how many there are.
func inOrder[T ranked[T]](rankings ...ranking[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		var next steps[T]
		for _, r := range rankings {
			next.see(r, 0)
		}
		for len(next) > 0 {
			p := heap.Pop(&next).(step[T])
			if !yield(p.in[p.i]) {
				return
			}
			next.see(p.in, 2*p.i+1)
			next.see(p.in, 2*p.i+2)
		}
	}
}

// steps are where inOrder goes on: those below the ones that it has come to.
type steps[T ranked[T]] []step[T]

type step[T ranked[T]] struct {
	in ranking[T]
	i  int
}

func (s *steps[T]) see(r ranking[T], i int) {
	if i < len(r) {
		heap.Push(s, step[T]{r, i})
	}
}

// Len implements heap.Interface.
func (s steps[T]) Len() int { return len(s) }

// Less implements heap.Interface.
func (s steps[T]) Less(i, j int) bool { return s[i].in[s[i].i].before(s[j].in[s[j].i]) }

// Swap implements heap.Interface.
func (s steps[T]) Swap(i, j int) { s[i], s[j] = s[j], s[i] }

// Push implements heap.Interface.
func (s *steps[T]) Push(x any) { *s = append(*s, x.(step[T])) }

// Pop implements heap.Interface.
func (s *steps[T]) Pop() any { return popLast((*[]step[T])(s)) }
