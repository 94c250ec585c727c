package bolt

import (
	"cmp"
	"encoding/binary"
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
	mu     sync.RWMutex
	runs   [][]hint     // none empty
	firsts []journal.ID // of each run: what is searched lies together
	n      int
}

// before tells whether an ID is in front of another one, two words at a time.
func before(a, b *journal.ID) bool {
	if x, y := binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(b[:8]); x != y {
		return x < y
	}
	return binary.BigEndian.Uint64(a[8:]) < binary.BigEndian.Uint64(b[8:])
}

// fill takes in all of these, in any order, in the place of what was there. Of one task
// the last counts.
func (h *hints) fill(all []hint) {
	slices.SortFunc(all, func(a, b hint) int {
		switch {
		case before(&a.id, &b.id):
			return -1
		case before(&b.id, &a.id):
			return 1
		}
		return cmp.Compare(b.seq, a.seq)
	})
	all = slices.CompactFunc(all, func(a, b hint) bool { return a.id == b.id })
	h.mu.Lock()
	defer h.mu.Unlock()
	h.runs, h.firsts, h.n = nil, nil, len(all)
	for run := range slices.Chunk(all, runMax/2) {
		h.runs = append(h.runs, slices.Clone(run))
		h.firsts = append(h.firsts, run[0].id)
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
	run = max(sort.Search(len(h.firsts), func(i int) bool { return before(&id, &h.firsts[i]) })-1, 0)
	if run == len(h.runs) {
		return run, 0, false
	}
	all := h.runs[run]
	place = sort.Search(len(all), func(i int) bool { return !before(&all[i].id, &id) })
	return run, place, place < len(all) && all[place].id == id
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
	if there {
		h.runs[run][place] = x
		return
	}
	h.n++
	if run == len(h.runs) {
		h.insert(run, []hint{x})
		return
	}
	all := slices.Insert(h.runs[run], place, x)
	if len(all) > runMax {
		half := len(all) / 2
		h.insert(run+1, slices.Clone(all[half:]))
		all = slices.Clone(all[:half])
	}
	h.runs[run], h.firsts[run] = all, all[0].id
}

// insert has a run be at a place.
func (h *hints) insert(at int, run []hint) {
	h.runs, h.firsts = slices.Insert(h.runs, at, run), slices.Insert(h.firsts, at, run[0].id)
}

// drop lets go of hints, but not of later ones of their tasks.
func (h *hints) drop(all ...hint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, x := range all {
		if run, place, there := h.at(x.id); there && h.runs[run][place] == x {
			h.remove(run, place)
		}
	}
}

func (h *hints) remove(run, place int) {
	h.n--
	left := slices.Delete(h.runs[run], place, place+1)
	if len(left) == 0 {
		h.runs, h.firsts = slices.Delete(h.runs, run, run+1), slices.Delete(h.firsts, run, run+1)
		return
	}
	h.runs[run], h.firsts[run] = left, left[0].id
}

// beyond returns hints beyond an ID, which is none if it is zero: none if there are none,
// or else some that follow each other. They are valid until others are added or dropped.
func (h *hints) beyond(id journal.ID) []hint {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.behind(id)
}

func (h *hints) behind(id journal.ID) []hint {
	run, place, there := h.at(id)
	if there {
		place++
	}
	if run < len(h.runs) && place == len(h.runs[run]) {
		run, place = run+1, 0
	}
	if run == len(h.runs) {
		return nil
	}
	return h.runs[run][place:]
}

// next returns the first hint beyond an ID, which is none if it is zero.
func (h *hints) next(id journal.ID, descending bool) (hint, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if descending {
		return h.inFront(id)
	}
	some := h.behind(id)
	if len(some) == 0 {
		return hint{}, false
	}
	return some[0], true
}

// inFront returns the last hint in front of an ID, or of all if it is zero.
func (h *hints) inFront(id journal.ID) (hint, bool) {
	run, place := len(h.runs), 0
	if !id.IsZero() {
		run, place, _ = h.at(id)
	}
	if place == 0 {
		if run--; run < 0 {
			return hint{}, false
		}
		place = len(h.runs[run])
	}
	return h.runs[run][place-1], true
}
