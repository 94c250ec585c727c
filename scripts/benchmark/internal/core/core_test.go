package core

import "testing"

// Whatever waits, each turn dispatches one task.
func TestTurn(t *testing.T) {
	f := newFleet(true)
	for f.active.len < workers {
		f.submit()
	}
	for range 3 * workers {
		f.submit()
	}
	waiting := f.Stats().Pending
	for range 500 {
		oldest := f.active.attempts[f.active.first]
		if f.turn(); f.active.len != workers || f.active.attempts[f.active.first] == oldest {
			t.Fatalf("%d attempts are out, the oldest is %v", f.active.len, oldest)
		}
	}
	if stats := f.Stats(); stats.Pending != waiting || stats.Done != 500 {
		t.Errorf("%+v", stats)
	}
}

func TestMeasure(t *testing.T) {
	if m, err := Measure(2000, 200, false); err != nil || m.Dispatch <= 0 || m.Heap <= 0 {
		t.Errorf("%+v, %v", m, err)
	}
}
