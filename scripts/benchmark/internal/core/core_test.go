package core

import "testing"

// Whatever waits, each turn dispatches one task.
func TestTurn(t *testing.T) {
	f := newFleet(true)
	for len(f.active) < workers {
		f.submit()
	}
	for range 3 * workers {
		f.submit()
	}
	waiting := f.Stats().Pending
	for range 500 {
		last := f.active[len(f.active)-1]
		if f.turn(); len(f.active) != workers || f.active[workers-1] == last {
			t.Fatalf("%d attempts are out, the last is %v", len(f.active), f.active[workers-1])
		}
	}
	if stats := f.Stats(); stats.Pending != waiting || stats.Done != 500 {
		t.Errorf("%+v", stats)
	}
}

func TestMeasure(t *testing.T) {
	if m := Measure(2000, 200, false); m.Dispatch <= 0 || m.Heap <= 0 {
		t.Errorf("%+v", m)
	}
}
