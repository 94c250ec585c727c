package broker

import (
	"bytes"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// TestHoldsAreBounded holds and releases a task until the broker has enough of it.
func TestHoldsAreBounded(t *testing.T) {
	store := journal.NewMemDisk("holds").Open()
	b := New(Config{}, store, bytes.NewReader(make([]byte, 64)), journal.ID{})
	op := wire.Peer{Dialect: wire.Local, Route: "op"}
	spec := &journal.Spec{Key: "k", Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"}}
	b.Step(Instant{}, op, &wire.Submit{Spec: spec})
	for range holdsMax {
		b.Step(Instant{}, op, &wire.Hold{Key: "k"})
		b.Step(Instant{}, op, &wire.Release{Key: "k"})
	}
	b.Take()
	plan := PlanChange(&wire.Change{Do: wire.ChangeHold}, &b.keys.get("k").Task, 0)
	if plan.Code != wire.CodeNotAllowed || plan.Held {
		t.Errorf("one hold too many is planned: %+v", plan)
	}
	b.Step(Instant{}, op, &wire.Hold{Key: "k"})
	out := b.Take()
	refusal, ok := out.Sends[0].Msg.(*wire.Refuse)
	if len(out.Records) != 0 || !ok || refusal.Code != wire.CodeNotAllowed {
		t.Fatalf("one hold too many: records %v, answer %+v", out.Records, out.Sends[0].Msg)
	}
}
