package broker

import "bcp/journal"

// list is a chain of tasks through their own links. A task is in one list at a
// time: the queue it waits in, or the attempts of its worker.
type list struct {
	head, tail *task
	len        int
}

// insert keeps the list in order of ID. New tasks go to the end at once; one
// that comes back to its queue is older than most and goes near the head.
func (l *list) insert(t *task) {
	after := l.tail
	if after != nil && t.ID.Compare(after.ID) < 0 {
		after = nil
		for at := l.head; at.ID.Compare(t.ID) < 0; at = at.next {
			after = at
		}
	}
	l.link(after, t)
}

// push appends a task.
func (l *list) push(t *task) { l.link(l.tail, t) }

func (l *list) link(after, t *task) {
	t.list, t.prev = l, after
	if after == nil {
		t.next, l.head = l.head, t
	} else {
		t.next, after.next = after.next, t
	}
	if t.next == nil {
		l.tail = t
	} else {
		t.next.prev = t
	}
	l.len++
}

// unlink takes a task out of the list it is in, if any.
func (t *task) unlink() {
	l := t.list
	if l == nil {
		return
	}
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
	t.list, t.prev, t.next = nil, nil, nil
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

// queue holds the pending tasks of one target, the oldest first.
type queue struct {
	list
	target journal.Target
}

// enqueue puts a pending task into the queue of its target.
func (b *Broker) enqueue(t *task) {
	q := b.queues[t.Spec.Target]
	if q == nil {
		q = &queue{target: t.Spec.Target}
		b.queues[q.target] = q
	}
	q.insert(t)
}

// dequeue takes a pending task out of its queue.
func (b *Broker) dequeue(t *task) {
	t.unlink()
	if q := b.queues[t.Spec.Target]; q != nil && q.len == 0 {
		delete(b.queues, q.target)
	}
}
