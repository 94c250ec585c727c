package wire

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bcp/journal"
)

// BatchRef returns an ID that stands for task i of a batch, 0 for the first, so that another
// task of the same batch can wait for it before it has an ID. No broker gives a task such an
// ID, because its time is 1970.
func BatchRef(i int) journal.ID {
	var id journal.ID
	binary.BigEndian.PutUint16(id[14:], uint16(i+1))
	return id
}

// BatchIndex is the inverse of BatchRef. It returns false for any other ID.
func BatchIndex(id journal.ID) (i int, ok bool) {
	n := binary.BigEndian.Uint16(id[14:])
	return int(n) - 1, n > 0 && [14]byte(id[:14]) == [14]byte{}
}

// OfBatch puts in front of an error's text that it is about task i of a batch. I is 0 for the
// first task, which the text calls task 1. It returns err, which may be nil.
func OfBatch(i int, err *Error) *Error {
	if err != nil {
		err.Text = fmt.Sprintf("task %d: %s", i+1, err.Text)
	}
	return err
}

// BatchPlace reads the text of a batch's refusal: which task it is about, 0 for the first, and
// what is wrong with that. It returns false if the text is about the batch as a whole.
func BatchPlace(text string) (i int, what string, ok bool) {
	text = strings.TrimPrefix(text, cmdSubmitBatch.String()+": ")
	number, what, _ := strings.Cut(strings.TrimPrefix(text, "task "), ": ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || !strings.HasPrefix(text, "task ") {
		return 0, text, false
	}
	return n - 1, what, true
}

// CheckBatch checks a batch as a whole: how many tasks there are, that no two have the same
// key, and that none waits for itself by way of others. CheckSpec checks each task.
func CheckBatch(submits []Submit) *Error {
	if len(submits) < 1 || len(submits) > MaxBatch {
		return Errorf(CodeBadOption, "%d tasks in the batch: 1 to %d are accepted", len(submits), MaxBatch)
	}
	if err := checkBatchKeys(submits); err != nil {
		return err
	}
	return checkBatchRefs(submits)
}

// checkBatchKeys refuses a key that two tasks have.
func checkBatchKeys(submits []Submit) *Error {
	places := make(map[string]int, len(submits))
	for i := range submits {
		key := submits[i].Spec.Key
		if first, twice := places[key]; twice && key != "" {
			return OfBatch(i, Errorf(CodeKeyConflict, "key %q is that of task %d as well: each task of a batch needs a key of its own", key, first+1))
		}
		places[key] = i
	}
	return nil
}

// checkBatchRefs refuses tasks that wait for one that is not in the batch, or in
// a circle.
func checkBatchRefs(submits []Submit) *Error {
	refs := 0
	for i := range submits {
		for _, d := range submits[i].Spec.After {
			place, ok := BatchIndex(d.Task)
			if ok && place >= len(submits) {
				return OfBatch(i, Errorf(CodeUnknownTask, "after task %d of the batch: it has %d", place+1, len(submits)))
			} else if ok {
				refs++
			}
		}
	}
	if refs == 0 {
		return nil
	}
	return checkCircles(submits)
}

func checkCircles(submits []Submit) *Error {
	s := circles{submits: submits, seen: make([]sight, len(submits))}
	for i := range submits {
		if circle := s.visit(i); circle != nil {
			return OfBatch(circle[0], Errorf(CodeBadOption, "after: the tasks %s wait for each other in a circle", circleText(circle)))
		}
	}
	return nil
}

// circles looks for tasks that wait for each other.
type circles struct {
	submits []Submit
	seen    []sight
	path    []int // from where the search began to where it is
}

// sight is what a search knows of a task.
type sight uint8

const (
	unseen sight = iota
	onPath
	cleared // it waits for nobody who waits for it
)

// visit returns the circle that a task leads into, from its first task on; nil if
// there is none. A path is at most as long as a batch.
func (s *circles) visit(i int) []int {
	switch s.seen[i] {
	case onPath:
		return s.path[slices.Index(s.path, i):]
	case cleared:
		return nil
	}
	s.seen[i] = onPath
	s.path = append(s.path, i)
	for _, d := range s.submits[i].Spec.After {
		if next, ok := BatchIndex(d.Task); ok {
			if circle := s.visit(next); circle != nil {
				return circle
			}
		}
	}
	s.seen[i] = cleared
	s.path = s.path[:len(s.path)-1]
	return nil
}

// circleText names the tasks of a circle, at most the first ten of them.
func circleText(circle []int) string {
	const shown = 10
	var b strings.Builder
	for _, i := range circle[:min(len(circle), shown)] {
		fmt.Fprintf(&b, "%d -> ", i+1)
	}
	if len(circle) > shown {
		b.WriteString("... -> ")
	}
	return b.String() + strconv.Itoa(circle[0]+1)
}
