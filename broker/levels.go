package broker

// levels counts tasks by their priorities, the highest first. Few differ.
type levels []level

type level struct {
	priority int32
	tasks    int
}

// add counts tasks of a priority, and returns the highest that there is then.
func (l *levels) add(priority int32, tasks int) (top int32) {
	i := 0
	for i < len(*l) && (*l)[i].priority > priority {
		i++
	}
	switch {
	case i == len(*l) || (*l)[i].priority != priority:
		*l = append(*l, level{})
		copy((*l)[i+1:], (*l)[i:])
		(*l)[i] = level{priority, tasks}
	case (*l)[i].tasks+tasks == 0:
		*l = append((*l)[:i], (*l)[i+1:]...)
	default:
		(*l)[i].tasks += tasks
	}
	return l.top()
}

// addAll adds what others count, or takes it away (-1).
func (l *levels) addAll(others levels, sign int) {
	for _, other := range others {
		l.add(other.priority, sign*other.tasks)
	}
}

// top is the highest priority that there is; 0 without a task.
func (l *levels) top() int32 {
	if len(*l) == 0 {
		return 0
	}
	return (*l)[0].priority
}
