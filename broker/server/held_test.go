package server

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// What waits in the queues is counted as what it takes of the memory, about: also what is
// short, and what is long beside its payload.
func TestQueuesCountWhatTheyTake(t *testing.T) {
	spec := journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "s"}, Tries: 1}
	long := spec
	long.Argv = []string{strings.Repeat("y", 60_000)}
	one := wire.Submit{Spec: &spec, Body: []byte("x")}
	for name, c := range map[string]struct {
		dialect wire.Dialect
		m       wire.Message
	}{
		"a short task": {wire.BCP2Client, &one},
		"a command":    {wire.BCP2Client, &wire.Submit{Spec: &long, Body: []byte("x")}},
		"a batch":      {wire.BCP2Client, &wire.SubmitBatch{Submits: []wire.Submit{one, one, one, one, one, one, one, one}}},
		"a cancel":     {wire.BCP2Client, &wire.Cancel{Key: "k"}},
		"a result":     {wire.BCP2Worker, &wire.Outcome{Ref: wire.Ref{Task: journal.ID{1}, Attempt: 1}, Verdict: wire.VerdictDone, Payload: []byte("x")}},
		"a state":      {wire.BCP2Worker, &wire.Checkpoint{Ref: wire.Ref{Task: journal.ID{1}, Attempt: 1}, Seq: 1, State: make([]byte, 60_000)}},
	} {
		frames, err := wire.Encode(nil, c.dialect, c.m)
		if err != nil {
			t.Fatal(err)
		}
		g := newStaging()
		took := heldBy(func() { fill(t, &g, c.dialect, frames) })
		if counted := int64(g.bytes); took > counted*5/4 || counted > took*2 {
			t.Errorf("%s takes %d bytes, and is counted as %d", name, took/fillMany, counted/fillMany)
		}
		runtime.KeepAlive(&g)
	}
}

// fillMany is how many messages are put into a queue: far more bytes than anything else takes
// meanwhile.
const fillMany = 2000

// fill has a message come often, and wait.
func fill(t *testing.T, g *staging, dialect wire.Dialect, sent [][]byte) {
	for range fillMany {
		frames := make([][]byte, len(sent))
		for i, f := range sent {
			frames[i] = bytes.Clone(f)
		}
		_, m, err := wire.Decode(frames, wire.ToBroker)
		if err != nil {
			t.Fatal(err)
		}
		detach(m)
		g.add(wire.Peer{Dialect: dialect, Route: "r"}, m, frames)
	}
}

// heldBy tells how many bytes of memory stay in use by what fn does.
func heldBy(fn func()) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	fn()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}
