package broker_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"
	"time"

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

// TestFleetLost loses all workers at a time, each with its share of the tasks.
// They come back in order, and without a walk along the queue for each.
func TestFleetLost(t *testing.T) {
	const workers, slots = 512, 64
	f := newFlood(t)
	for i := range workers {
		f.register(i, slots)
	}
	for range workers * slots {
		f.submit(true)
	}
	f.now.Mono += time.Minute
	f.core.Tick(f.now)
	if s := f.core.Stats(); s.Pending != workers*slots || s.Lost != workers*slots {
		t.Fatalf("%d tasks are pending of %d, %d attempts lost", s.Pending, workers*slots, s.Lost)
	}
	f.commit()
	var last journal.ID
	for _, s := range f.register(workers, wire.MaxSlots) {
		if m, ok := s.Msg.(*wire.Dispatch); ok {
			if m.Task.Compare(last) <= 0 {
				t.Fatalf("%s is dispatched after %s", m.Task, last)
			}
			last = m.Task
		}
	}
	if n := f.core.Stats().Dispatched; n != wire.MaxSlots {
		t.Errorf("%d tasks are dispatched to a worker with %d slots", n, wire.MaxSlots)
	}
}

// TestManyDeadlines lets more tasks be due at a time than one Tick handles. It
// leaves the others for the next, and says so.
func TestManyDeadlines(t *testing.T) {
	const tasks = 10_000
	f := newFlood(t)
	for range tasks {
		f.say(&wire.Submit{Quiet: true, Spec: &journal.Spec{
			Target: journal.Target{Kind: journal.ToService, Name: "somebody"}, Tries: 1, QueueTimeoutMS: 1000,
		}})
	}
	f.now.Mono += time.Second
	ticks := 0
	for at, ok := f.core.NextDeadline(); ok && at <= f.now.Mono; at, ok = f.core.NextDeadline() {
		f.core.Tick(f.now)
		ticks++
	}
	if s := f.core.Stats(); s.Failed != tasks || ticks < 2 {
		t.Errorf("%d tasks of %d have failed after %d ticks", s.Failed, tasks, ticks)
	}
}

// TestClockGoesBack sets the wall clock back between two submits: the first one
// is still the first.
func TestClockGoesBack(t *testing.T) {
	f := newFlood(t)
	first := f.submit(true)
	f.now.WallMS -= time.Hour.Milliseconds()
	f.submit(true)
	for _, s := range f.register(0, 1) {
		if m, ok := s.Msg.(*wire.Dispatch); ok && m.Task == first {
			return
		}
	}
	t.Error("a later submit went first")
}

// TestFarAway asks for a task at the end of time. No deadline reaches so far: it
// would be due at once.
func TestFarAway(t *testing.T) {
	f := newFlood(t)
	f.register(0, 1)
	sends := f.say(&wire.Submit{Spec: &journal.Spec{
		Target: journal.Target{Kind: journal.ToService, Name: "somebody"}, Tries: 1, NotBeforeMS: math.MaxInt64,
	}})
	if m, ok := sends[0].Msg.(*wire.Refuse); !ok || m.Code != wire.CodeBadOption {
		t.Errorf("answered with %+v", sends[0].Msg)
	}
}

// TestKeyStandsForArguments submits a body that spells an argument and a body,
// and then these two under the same key.
func TestKeyStandsForArguments(t *testing.T) {
	f := newFlood(t)
	target := journal.Target{Kind: journal.ToService, Name: "somebody"}
	spelled := append(binary.BigEndian.AppendUint64(nil, 1)[1:], "a\x00body"...)
	f.say(&wire.Submit{Spec: &journal.Spec{Key: "k", Target: target, Tries: 1}, Body: spelled})
	sends := f.say(&wire.Submit{Spec: &journal.Spec{Key: "k", Target: target, Tries: 1, Argv: []string{"a"}}, Body: []byte("body")})
	if m, ok := sends[0].Msg.(*wire.Refuse); !ok || m.Code != wire.CodeKeyConflict {
		t.Errorf("answered with %+v", sends[0].Msg)
	}
}

// TestKeyInUseAgain submits a BCP/1 job under the id of one that has ended, before
// that end is in the archive: the id is the new job's from then on.
func TestKeyInUseAgain(t *testing.T) {
	f := newFlood(t)
	f.client = wire.Peer{Dialect: wire.BCP1Client, Route: "c"}
	job := func(body string) *wire.Submit {
		spec := &journal.Spec{Key: "bcp1/w/7", Tries: 1, Target: journal.Target{Kind: journal.ToWorker, Name: "w"}}
		return &wire.Submit{Spec: spec, Body: []byte(body)}
	}
	f.core.Step(f.now, f.client, job("old"))
	f.core.Step(f.now, f.client, &wire.Cancel{Key: "bcp1/w/7"})
	old := f.core.Take()
	f.core.Step(f.now, f.client, job("new"))
	if err := f.store.Commit(old.Records); err != nil {
		t.Fatal(err)
	}
	f.core.Committed(old.Mark)
	f.say(job("new"))
	if n := f.core.Stats().Submitted; n != 2 {
		t.Errorf("the new job and its repetition make %d tasks with the old one", n)
	}
}

// register lets a worker in that serves "somebody", and returns the sends.
func (f *flood) register(i, slots int) []broker.Send {
	from := wire.Peer{Dialect: wire.BCP2Worker, Route: fmt.Sprint(i)}
	f.core.Step(f.now, from, &wire.Register{
		Name: fmt.Sprint("w", i), Instance: [16]byte{1}, Slots: uint32(slots), Services: []string{"somebody"},
	})
	return f.commit()
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

// submit submits a task.
func (f *flood) submit(quiet bool) journal.ID {
	f.t.Helper()
	sends := f.say(&wire.Submit{Quiet: quiet, Spec: &journal.Spec{
		Target: journal.Target{Kind: journal.ToService, Name: "somebody"}, Tries: 1,
	}})
	m, ok := sends[0].Msg.(*wire.Accepted)
	if !ok {
		f.t.Fatalf("the submit is answered with %+v", sends[0].Msg)
	}
	return m.Task
}
