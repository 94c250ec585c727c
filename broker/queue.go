package broker

import (
	"container/heap"

	"bcp/journal"
)

// list is a chain of tasks through their own links: the attempts of a worker.
type list struct {
	head, tail *task
	len        int
}

// push appends a task.
func (l *list) push(t *task) {
	t.prev, t.next = l.tail, nil
	if l.tail == nil {
		l.head = t
	} else {
		l.tail.next = t
	}
	l.tail = t
	l.len++
}

// remove takes out a task that is in the list.
func (l *list) remove(t *task) {
	if t.prev == nil {
		l.head = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next == nil {
		l.tail = t.prev
	} else {
		t.next.prev = t.prev
	}
	t.prev, t.next = nil, nil
	l.len--
}

// snapshot copies the list, for work that changes it.
func (l *list) snapshot() []*task {
	tasks := make([]*task, 0, l.len)
	for t := l.head; t != nil; t = t.next {
		tasks = append(tasks, t)
	}
	return tasks
}

// queue holds the pending tasks of one target, the oldest first. It is a heap,
// for a whole fleet's attempts can come back at a time, in any order.
type queue struct {
	target journal.Target
	tasks  []*task
}

func (q *queue) oldest() *task { return q.tasks[0] }

// enqueue puts a pending task into the queue of its target.
func (b *Broker) enqueue(t *task) {
	q := b.queues[t.Spec.Target]
	if q == nil {
		q = &queue{target: t.Spec.Target}
		b.queues[q.target] = q
	}
	heap.Push(q, t)
}

// dequeue takes a pending task out of its queue.
func (b *Broker) dequeue(t *task) {
	q := b.queues[t.Spec.Target]
	heap.Remove(q, t.place-1)
	if q.Len() == 0 {
		delete(b.queues, q.target)
	}
}

// Len implements heap.Interface.
func (q *queue) Len() int { return len(q.tasks) }

// Less implements heap.Interface.
func (q *queue) Less(i, j int) bool { return q.tasks[i].ID.Compare(q.tasks[j].ID) < 0 }

// Swap implements heap.Interface.
func (q *queue) Swap(i, j int) {
	q.tasks[i], q.tasks[j] = q.tasks[j], q.tasks[i]
	q.tasks[i].place, q.tasks[j].place = i+1, j+1
}

// Push implements heap.Interface.
func (q *queue) Push(x any) {
	t := x.(*task)
	q.tasks = append(q.tasks, t)
	t.place = len(q.tasks)
}

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	last := len(q.tasks) - 1
	t := q.tasks[last]
	q.tasks[last] = nil
	q.tasks = q.tasks[:last]
	t.place = 0
	return t
}
