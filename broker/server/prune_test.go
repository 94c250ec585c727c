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

// On a full disk nothing that can be forgotten waits for more of its kind, and elsewhere it does.
func TestPruneOnAFullDisk(t *testing.T) {
	for full, want := range map[bool]bool{true: true, false: false} {
		p := pruner{ended: 1, at: pruneEvery}
		if got := p.due(0, true, full); got != want {
			t.Errorf("full %v: a step is due: %v", full, got)
		}
		p.ended = 0
		if p.due(0, true, full) {
			t.Errorf("full %v: a step is due, and nothing has ended", full)
		}
	}
}
