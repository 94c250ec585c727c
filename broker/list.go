package broker

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

// popLast takes the last one out of a slice that has some.
func popLast[T any](s *[]T) T {
	last := len(*s) - 1
	x := (*s)[last]
	clear((*s)[last:])
	*s = (*s)[:last]
	return x
}

// removeAt takes one out of a slice whose order doesn't matter: the last comes to its
// place, as moved is told.
func removeAt[T any](s *[]T, at int, moved func(last T, at int)) {
	(*s)[at] = (*s)[len(*s)-1]
	moved((*s)[at], at)
	popLast(s)
}
