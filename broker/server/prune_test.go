package server

import "testing"

// A step goes on at once when as many were forgotten as it may look at, or more: a journal
// tells of some of them later, together with those of the next step.
func TestPruneGoesOn(t *testing.T) {
	for pruned, want := range map[int]bool{0: false, pruneMin - 1: false, pruneMin: true, pruneMin + 100: true} {
		p := pruner{limit: pruneMin}
		if p.landed(landing{pruned: pruned}, 0); p.more != want {
			t.Errorf("after %d of %d: more is %v", pruned, pruneMin, p.more)
		}
	}
}
