package bolt

import (
	"cmp"
	"slices"
	"sort"
	"sync"

	"bcp/journal"
)

// hint says where in late a task may stand.
type hint struct {
	id  journal.ID
	seq uint64
}

// runMax is how many hints stand in one piece of memory: few enough to be moved when
// one comes in between.
const runMax = 256

// hints are in order of ID, each ID once. They take 24 bytes each and the room that
// runs have left, and may be asked from any goroutine. The zero value has none.
type hints struct {
	mu   sync.RWMutex
	runs [][]hint // none empty
	n    int
}

// fill takes in all of these, in any order, in the place of what was there. Of one task
// the last counts.
func (h *hints) fill(all []hint) {
	slices.SortFunc(all, func(a, b hint) int { return cmp.Or(a.id.Compare(b.id), -cmp.Compare(a.seq, b.seq)) })
	all = slices.CompactFunc(all, func(a, b hint) bool { return a.id == b.id })
	h.mu.Lock()
	defer h.mu.Unlock()
	h.runs, h.n = nil, len(all)
	for run := range slices.Chunk(all, runMax/2) {
		h.runs = append(h.runs, slices.Clone(run))
	}
}

// len returns how many there are.
func (h *hints) len() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.n
}

// at returns the run that the ID is in or would go to, and its place there.
func (h *hints) at(id journal.ID) (run, place int, there bool) {
	run = max(sort.Search(len(h.runs), func(i int) bool { return h.runs[i][0].id.Compare(id) > 0 })-1, 0)
	if run == len(h.runs) {
		return run, 0, false
	}
	place, there = slices.BinarySearchFunc(h.runs[run], id, func(x hint, id journal.ID) int { return x.id.Compare(id) })
	return run, place, there
}

// find returns the hint of a task.
func (h *hints) find(id journal.ID) (hint, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	run, place, there := h.at(id)
	if !there {
		return hint{}, false
	}
	return h.runs[run][place], true
}

// add takes a hint in, in the place of another one of that task.
func (h *hints) add(x hint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	run, place, there := h.at(x.id)
	switch {
	case there:
		h.runs[run][place] = x
		return
	case run == len(h.runs):
		h.runs = append(h.runs, nil)
	}
	h.n++
	all := slices.Insert(h.runs[run], place, x)
	if len(all) > runMax {
		half := len(all) / 2
		h.runs = slices.Insert(h.runs, run+1, slices.Clone(all[half:]))
		all = slices.Clone(all[:half])
	}
	h.runs[run] = all
}

// drop lets go of a hint, but not of a later one of that task.
func (h *hints) drop(x hint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	run, place, there := h.at(x.id)
	if !there || h.runs[run][place] != x {
		return
	}
	h.n--
	h.runs[run] = slices.Delete(h.runs[run], place, place+1)
	if len(h.runs[run]) == 0 {
		h.runs = slices.Delete(h.runs, run, run+1)
	}
}

// next returns the first hint beyond an ID, which is none if it is zero.
func (h *hints) next(id journal.ID, descending bool) (hint, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if len(h.runs) == 0 {
		return hint{}, false
	}
	run, place, there := h.at(id)
	switch {
	case descending && id.IsZero():
		run = len(h.runs) - 1
		place = len(h.runs[run]) - 1
	case descending:
		place--
	case there:
		place++
	}
	return h.around(run, place)
}

// around returns what stands at a place, which may be one beside the run.
func (h *hints) around(run, place int) (hint, bool) {
	if place < 0 {
		run--
		if run >= 0 {
			place = len(h.runs[run]) - 1
		}
	} else if place == len(h.runs[run]) {
		run, place = run+1, 0
	}
	if run < 0 || run == len(h.runs) {
		return hint{}, false
	}
	return h.runs[run][place], true
}
