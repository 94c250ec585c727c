package broker_test

import (
	"testing"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// unackedMax is how many ends a session may leave without acknowledgement, as
// PROTOCOL.md says.
const unackedMax = 1 << 16

// TestUnacknowledgedEnds lets one more end pile up than a session may, in the
// middle of a Wait: the session is forgotten, and nothing else happens.
func TestUnacknowledgedEnds(t *testing.T) {
	f := newFlood(t)
	for range unackedMax {
		f.say(&wire.Cancel{Task: f.submit(false)})
	}
	var quiet []journal.ID
	for range 3 {
		id := f.submit(true)
		f.say(&wire.Cancel{Task: id})
		quiet = append(quiet, id)
	}
	if sends := f.say(&wire.Wait{Tasks: quiet}); len(sends) != 0 {
		t.Errorf("%d sends to a session that is forgotten: first %+v", len(sends), sends[0].Msg)
	}
	if n := f.core.Stats().Sessions; n != 0 {
		t.Errorf("%d sessions are left", n)
	}
	sends := f.say(&wire.Query{Task: quiet[0]})
	if m, ok := sends[0].Msg.(*wire.Refuse); !ok || m.Code != wire.CodeUnknownPeer {
		t.Errorf("the client is told %+v, not that it is unknown", sends[0].Msg)
	}
}

// flood is a core with one client that says a great deal.
type flood struct {
	t      *testing.T
	core   *broker.Broker
	store  *journal.MemStore
	client wire.Peer
	now    broker.Instant
}

func newFlood(t *testing.T) *flood {
	f := &flood{t: t, store: journal.NewMemDisk("flood").Open(), client: wire.Peer{Dialect: wire.BCP2Client, Route: "c"}}
	f.now.WallMS = 1_700_000_000_000
	f.core = broker.New(broker.Config{}, f.store, zeros{}, journal.ID{})
	f.core.Open(f.now)
	f.say(&wire.Hello{Session: "c"})
	return f
}

// say steps the client's message, commits what comes of it and returns the sends.
func (f *flood) say(m wire.Message) []broker.Send {
	f.core.Step(f.now, f.client, m)
	return f.commit()
}

func (f *flood) commit() []broker.Send {
	e := f.core.Take()
	if err := f.store.Commit(e.Records); err != nil {
		f.t.Fatal(err)
	}
	f.core.Committed(e.Mark)
	return e.Sends
}

// submit submits a task that nobody does.
func (f *flood) submit(quiet bool) journal.ID {
	f.t.Helper()
	sends := f.say(&wire.Submit{Quiet: quiet, Spec: &journal.Spec{
		Target: journal.Target{Kind: journal.ToService, Name: "nobody"}, Tries: 1,
	}})
	m, ok := sends[0].Msg.(*wire.Accepted)
	if !ok {
		f.t.Fatalf("the submit is answered with %+v", sends[0].Msg)
	}
	return m.Task
}
