package broker

import (
	"slices"

	"bcp/journal"
)

// aheadShown is how many tasks are told that go before one, and how many of other
// clients.
const aheadShown = 3

// Ahead is a task that goes before another one, or may.
type Ahead struct {
	Task     journal.ID
	Priority int32
	Client   string
}

func aheadOf(t *task) Ahead { return Ahead{t.ID, t.Spec.Priority, t.Spec.Client} }

// firstOnes returns the tasks of the lane that go first, in order, up to t. The next
// one is always just below one of those before it in the heap.
func (l *lane) firstOnes(t *task) (first []Ahead) {
	for look := []int{0}; len(look) > 0 && len(first) < aheadShown; {
		at := 0
		for i := range look {
			if l.tasks[look[i]].before(l.tasks[look[at]]) {
				at = i
			}
		}
		i := look[at]
		removeAt(&look, at)
		if l.tasks[i] == t {
			return first
		}
		first = append(first, aheadOf(l.tasks[i]))
		for _, below := range []int{2*i + 1, 2*i + 2} {
			if below < len(l.tasks) {
				look = append(look, below)
			}
		}
	}
	return first
}

// otherHeads returns the first tasks of other clients that wait for the same, the
// first to go first.
func (l *lane) otherHeads() (heads []Ahead) {
	var others []*lane
	for _, other := range l.class.lanes {
		if other != l {
			others = append(others, other)
		}
	}
	slices.SortFunc(others, func(x, y *lane) int {
		if x.before(y) {
			return -1
		}
		return 1
	})
	for _, other := range others[:min(len(others), aheadShown)] {
		heads = append(heads, aheadOf(other.first()))
	}
	return heads
}
