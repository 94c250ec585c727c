package server

import (
	"testing"
	"time"
)

func TestDueThingsWaitForWhatHasArrived(t *testing.T) {
	var l lag
	for i, step := range []struct {
		drained bool
		now     time.Duration
		tick    bool
	}{
		{true, 0, true},
		{false, 10 * time.Second, false}, // the loop has stalled
		{false, 10*time.Second + tickDelayMax/2, false},
		{true, 10*time.Second + tickDelayMax*3/4, true}, // it has caught up
		{false, 20 * time.Second, false},
		{false, 20*time.Second + tickDelayMax/2, false},
		{false, 20*time.Second + tickDelayMax, true}, // it never does: overload
		{false, 20*time.Second + tickDelayMax*3/2, true},
		{false, 25 * time.Second, false}, // it has stalled again
		{true, 30 * time.Second, true},
		{false, 40 * time.Second, false},
	} {
		if got := l.tickNow(step.drained, step.now); got != step.tick {
			t.Errorf("step %d: tick %v", i, got)
		}
	}
}
