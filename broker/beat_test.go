package broker_test

import (
	"fmt"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
)

// TestBeatsLeaveTogether has many workers that have come one after another: each is sent
// a beat at least every heartbeat, and few ticks are needed for all of them.
func TestBeatsLeaveTogether(t *testing.T) {
	const (
		workers  = 500
		beats    = 10
		ticksMax = 25 // in a heartbeat; PROTOCOL.md, section 8
	)
	heartbeat := broker.Config{}.WithDefaults().Heartbeat
	f := newFlood(t)
	last := make(map[string]time.Duration)
	for i := range workers {
		f.now.Mono += heartbeat / workers
		f.register(i, 1)
		last[fmt.Sprint(i)] = f.now.Mono
	}
	ticks := 0
	for end := f.now.Mono + beats*heartbeat; f.now.Mono < end; ticks++ {
		f.now.Mono, _ = f.core.NextDeadline()
		f.core.Tick(f.now)
		for _, s := range f.commit() {
			if _, beat := s.Msg.(*wire.Beat); !beat || s.To == f.client {
				continue
			}
			if gap := f.now.Mono - last[s.To.Route]; gap > heartbeat {
				t.Fatalf("worker %s is sent a beat after %v", s.To.Route, gap)
			}
			last[s.To.Route] = f.now.Mono
			f.core.Step(f.now, s.To, &wire.WorkerBeat{})
		}
	}
	for route, at := range last {
		if f.now.Mono-at > heartbeat {
			t.Errorf("worker %s has no beat since %v", route, f.now.Mono-at)
		}
	}
	if ticks > (beats+1)*ticksMax {
		t.Errorf("%d ticks in %d heartbeats", ticks, beats)
	}
}
