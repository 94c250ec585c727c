package bolt

import (
	"cmp"
	"errors"
	"slices"
	"sync"
)

// entryAt is the place of an entry in the file.
type entryAt struct{ bucket, key string }

func (e entryAt) compare(other entryAt) int {
	return cmp.Or(cmp.Compare(e.bucket, other.bucket), cmp.Compare(e.key, other.key))
}

// touchedMax bounds what is remembered of commits between two turns of a compaction,
// which is some 100 bytes for each entry. In the time of a turn a broker touches a few
// thousand.
const touchedMax = 1 << 20

// errOvertaken tells that more is written than a copy can follow.
var errOvertaken = errors.New("the journal is written faster than its copy: try again when there is less to do")

// touched are the entries that commits have written or deleted, for a copy to follow.
type touched struct {
	mu   sync.Mutex
	list []entryAt
	lost bool // there were too many
}

// add notes what a commit has touched, when it is over: who takes it sees the commit.
func (t *touched) add(list []entryAt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost = t.lost || len(t.list)+len(list) > touchedMax; t.lost {
		t.list = nil
		return
	}
	t.list = append(t.list, list...)
}

// take returns what has been touched since the last time, each entry once and in order.
func (t *touched) take() ([]entryAt, error) {
	t.mu.Lock()
	list, lost := t.list, t.lost
	t.list = nil
	t.mu.Unlock()
	if lost {
		return nil, errOvertaken
	}
	slices.SortFunc(list, entryAt.compare)
	return slices.Compact(list), nil
}

// count tells how many there are.
func (t *touched) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.list)
}
