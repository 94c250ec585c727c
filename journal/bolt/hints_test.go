package bolt

import (
	"math/rand/v2"
	"slices"
	"testing"

	"bcp/journal"
)

// Hints that come and go in any order are found, and follow each other, as in one sorted list.
func TestHints(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var h hints
	var model []hint
	const most = 6 * runMax
	place := func(id journal.ID) (int, bool) {
		return slices.BinarySearchFunc(model, id, func(x hint, id journal.ID) int { return x.id.Compare(id) })
	}
	for round := range 8 * most {
		x := hint{benchID(random.IntN(most)), uint64(round)}
		at, there := place(x.id)
		if got, found := h.find(x.id); found != there || found && got != model[at] {
			t.Fatalf("hint of %s is %v, %v: want %v", x.id, got, found, there)
		}
		switch {
		case there && random.IntN(8) > 0:
			h.drop(hint{x.id, x.seq}, model[at]) // the first is another one
			model = slices.Delete(model, at, at+1)
		case there:
			h.add(x)
			model[at] = x
		default:
			h.add(x)
			model = slices.Insert(model, at, x)
		}
		if round%97 == 0 {
			checkHints(t, &h, model)
		}
	}
	h.drop(model...)
	checkHints(t, &h, nil)
}

// checkHints walks through hints as who lists tasks does, either way, and as the sweep does.
func checkHints(t *testing.T, h *hints, model []hint) {
	t.Helper()
	var up, down, swept []hint
	for x, more := h.next(journal.ID{}, false); more; x, more = h.next(x.id, false) {
		up = append(up, x)
	}
	for x, more := h.next(journal.ID{}, true); more; x, more = h.next(x.id, true) {
		down = append(down, x)
	}
	slices.Reverse(down)
	for some := h.beyond(journal.ID{}); len(some) > 0; some = h.beyond(swept[len(swept)-1].id) {
		swept = append(swept, some[:(len(some)+1)/2]...)
	}
	if !slices.Equal(up, model) || !slices.Equal(down, model) || !slices.Equal(swept, model) || h.len() != len(model) {
		t.Fatalf("%d hints are %d upwards, %d downwards and %d in a sweep: want %d", h.len(), len(up), len(down), len(swept), len(model))
	}
}
