package broker

import (
	"container/heap"
	"time"
)

// timer is a deadline of its owner, which embeds it: each has one at a time.
type timer struct {
	at    time.Duration
	order uint64 // ties are broken by the order of arming
	index int    // in the heap, from 1; 0 while not armed
	owner owner
}

// owner is told when its deadline has come.
type owner interface{ due(b *Broker, now Instant) }

// arm sets the deadline, in place of an earlier one.
func (b *Broker) arm(t *timer, o owner, at time.Duration) {
	b.uses++
	t.at, t.order, t.owner = at, b.uses, o
	if t.index > 0 {
		heap.Fix(&b.timers, t.index-1)
	} else {
		heap.Push(&b.timers, t)
	}
}

func (b *Broker) disarm(t *timer) {
	if t.index > 0 {
		heap.Remove(&b.timers, t.index-1)
	}
}

type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return h[i].order < h[j].order
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i+1, j+1
}

// Push implements heap.Interface.
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	*h = append(*h, t)
	t.index = len(*h)
}

// Pop implements heap.Interface.
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = 0
	return t
}
