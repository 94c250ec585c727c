package broker_test

import (
	"slices"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// TestManyEndsForBCP1 lets a BCP/1 client's jobs end by the thousand in each beat.
// It acknowledges none of them, and is still told how the last one ends.
func TestManyEndsForBCP1(t *testing.T) {
	f := newFlood(t)
	f.client = wire.Peer{Dialect: wire.BCP1Client, Route: "c"}
	slow := f.submit(false)
	for range 7 {
		for range 15_000 {
			f.say(&wire.Cancel{Task: f.submit(false)})
		}
		f.now.Mono += 2500 * time.Millisecond
		f.core.Tick(f.now)
		f.commit()
	}
	f.core.Step(f.now, wire.Peer{Dialect: wire.Local, Route: "op"}, &wire.Cancel{Task: slow})
	if !told(f.commit(), f.client, slow) {
		t.Error("the client is not told how its slow job ended")
	}
}

// A BCP/1 client that is gone may come back under a routing id of its own. For one that was
// given its routing id nothing is kept.
func TestGoneBCP1Client(t *testing.T) {
	for route, sessions := range map[string]int{"own": 1, "\x00given": 0} {
		f := newFlood(t)
		f.client = wire.Peer{Dialect: wire.BCP1Client, Route: route}
		id := f.submit(false)
		for _, s := range f.say(&wire.Cancel{Task: id}) {
			f.core.Unreachable(f.now, s)
		}
		f.now.Mono += time.Minute
		f.core.Tick(f.now)
		again := told(f.commit(), f.client, id)
		if n := f.core.Stats().Sessions; n != sessions || again != (sessions > 0) {
			t.Errorf("%q: %d sessions, its end is told again: %v", route, n, again)
		}
	}
}

// TestQuietRepetition waits for a task and submits it once more, with another
// wish: the end is still told.
func TestQuietRepetition(t *testing.T) {
	f := newFlood(t)
	spec := func() *journal.Spec {
		return &journal.Spec{Key: "k", Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "somebody"}}
	}
	f.say(&wire.Submit{Spec: spec()})
	sends := f.say(&wire.Submit{Spec: spec(), Quiet: true})
	id := sends[0].Msg.(*wire.Accepted).Task
	if !told(f.say(&wire.Cancel{Task: id}), f.client, id) {
		t.Error("who waits for the end is not told it, for it was submitted again")
	}
}

// told tells whether an end is among the sends to a peer.
func told(sends []broker.Send, to wire.Peer, id journal.ID) bool {
	return slices.ContainsFunc(sends, func(s broker.Send) bool {
		m, ok := s.Msg.(*wire.Ended)
		return ok && s.To == to && m.Task == id
	})
}
