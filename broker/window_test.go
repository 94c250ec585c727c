package broker

import (
	"bytes"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// TestAcknowledgedUnsent has a client ask for an end that waits for others to
// arrive, and acknowledge it unsent, again and again: the broker keeps no more
// for that, and what really waits is still told.
func TestAcknowledgedUnsent(t *testing.T) {
	store := journal.NewMemDisk("window").Open()
	b := New(Config{AckWindow: 10}, store, bytes.NewReader(make([]byte, 64)), journal.ID{})
	c := wire.Peer{Dialect: wire.BCP2Client, Route: "c"}
	w := wire.Peer{Dialect: wire.BCP2Worker, Route: "w"}
	b.Step(Instant{}, c, &wire.Hello{Session: "c"})
	b.Step(Instant{}, w, &wire.Register{Name: "w", Instance: [16]byte{1}, Slots: 3})
	for _, key := range []string{"sent", "waits", "asked"} {
		b.Step(Instant{}, c, &wire.Submit{
			Spec: &journal.Spec{Key: key, Tries: 1, Target: journal.Target{Kind: journal.ToWorker, Name: "w"}},
		})
		b.Step(Instant{}, w, &wire.Outcome{
			Ref: wire.Ref{Task: b.keys.get(key).ID, Attempt: 1}, Verdict: wire.VerdictDone, Payload: make([]byte, 20),
		})
	}
	for range 100 {
		b.Step(Instant{}, c, &wire.EndedAck{Task: b.keys.get("asked").ID})
		b.Step(Instant{}, c, &wire.Wait{Tasks: []journal.ID{b.keys.get("asked").ID}})
	}
	s := b.sessions["c"]
	if len(s.later) > 4 {
		t.Fatalf("%d ends wait to be sent, of which the client wants 2", len(s.later))
	}
	for _, key := range []string{"sent", "waits", "asked"} {
		b.Step(Instant{}, c, &wire.EndedAck{Task: b.keys.get(key).ID})
	}
	if s.onWay != 0 || s.struck != 0 || len(s.later)+len(s.told) != 0 {
		t.Errorf("all is acknowledged: %d bytes on their way, %d wait, %d told, %d struck", s.onWay, len(s.later), len(s.told), s.struck)
	}
}
