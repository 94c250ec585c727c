package server_test

import (
	"sync/atomic"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// The wall clock goes back, in a broker's life and between two: IDs rise all the
// same. It stands still otherwise, and what is out of time is stopped: deadlines
// don't go by it.
func TestWallClockIsSet(t *testing.T) {
	st, cfg := newStore(t), testConfig()
	var wallMS atomic.Int64
	wallMS.Store(1_700_000_000_000)
	cfg.Wall = func() time.Time { return time.UnixMilli(wallMS.Load()) }
	var last journal.ID
	rises := func(client *peer) {
		t.Helper()
		m := submit(1, "body")
		m.Spec.RunTimeoutMS = 1
		client.say(m)
		id := expect[*wire.Accepted](client).Task
		if id.Compare(last) <= 0 {
			t.Errorf("task %s comes after %s", id, last)
		}
		last = id
	}
	s := start(t, cfg, st)
	client := newClient(t, s)
	rises(client)
	wallMS.Add(-time.Hour.Milliseconds())
	rises(client)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	wallMS.Add(-24 * time.Hour.Milliseconds())
	s = start(t, cfg, st)
	client = newClient(t, s)
	rises(client)

	worker := newWorker(t, s, "w", 1)
	d := expect[*wire.Dispatch](worker)
	worker.say(&wire.Begun{Ref: d.Ref})
	if stop := expect[*wire.Stop](worker); stop.Ref != d.Ref {
		t.Errorf("stopped %+v", stop)
	}
}
