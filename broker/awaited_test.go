package broker

import (
	"bytes"
	"strconv"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// awaiting is a broker with an array of many members, none of which has started.
type awaiting struct {
	t     *testing.T
	core  *Broker
	array journal.ID
	size  uint32
}

func newAwaiting(t *testing.T, members uint32) *awaiting {
	t.Helper()
	store := journal.NewMemDisk("awaited").Open()
	a := &awaiting{t: t, core: New(Config{}, store, bytes.NewReader(make([]byte, 64)), journal.ID{}), size: members}
	a.step(a.client(0), &wire.Hello{Session: "0"})
	a.step(a.client(0), &wire.Submit{Spec: &journal.Spec{
		Key: "array", Tries: 1, Target: journal.Target{Kind: journal.ToWorker, Name: "w"}, Array: strconv.Itoa(int(members)),
	}})
	a.array = a.core.keys.get("array").ID
	return a
}

func (a *awaiting) client(i int) wire.Peer {
	return wire.Peer{Dialect: wire.BCP2Client, Route: strconv.Itoa(i)}
}

func (a *awaiting) step(from wire.Peer, m wire.Message) []Send {
	a.core.Step(Instant{}, from, m)
	return a.core.Take().Sends
}

// wait has a client wait for members, and returns how many the broker has refused.
func (a *awaiting) wait(client int, first, n uint32) (refused int) {
	a.t.Helper()
	for pos := first; pos < first+n; pos++ {
		id := journal.IDOf(a.array, pos)
		for _, s := range a.step(a.client(client), &wire.Wait{Req: 7, Tasks: []journal.ID{id}}) {
			m, ok := s.Msg.(*wire.Refuse)
			if !ok || m.Code != wire.CodeBusy || m.Req != 7 || m.Text != id.String() {
				a.t.Fatalf("who waits for %s is told %+v", id, s.Msg)
			}
			refused++
		}
	}
	return refused
}

func (a *awaiting) places() int { return len(a.core.groups[0].awaited) }

// TestAwaitedBySession: a session waits for so many members that have not started,
// for more when some have, and leaves nothing behind.
func TestAwaitedBySession(t *testing.T) {
	a := newAwaiting(t, awaitedMax+20)
	if n := a.wait(0, 0, awaitedMax+10); n != 10 {
		t.Fatalf("%d members are refused, of 10 too many", n)
	}
	if n := a.wait(0, 0, 100); n != 0 || a.places() != awaitedMax {
		t.Fatalf("%d are refused that it waits for already; %d places", n, a.places())
	}
	w := wire.Peer{Dialect: wire.BCP2Worker, Route: "w"}
	a.step(w, &wire.Register{Name: "w", Instance: [16]byte{1}, Slots: 4})
	if n := a.wait(0, awaitedMax, 10); n != 6 || a.core.awaitedBy != awaitedMax {
		t.Errorf("4 have started: %d of 10 more are refused; %d are counted", n, a.core.awaitedBy)
	}
	a.step(a.client(1), &wire.Hello{Session: "1"})
	a.wait(1, 100, 1)
	a.step(a.client(0), &wire.Leave{})
	if a.places() != 1 || a.core.awaitedBy != 1 {
		t.Errorf("%d places and %d waits are left behind by a session that is over: want another's 1", a.places(), a.core.awaitedBy)
	}
	a.step(a.client(1), &wire.Cancel{Task: a.array})
	if a.core.awaitedBy != 0 || len(a.core.sessions["1"].awaits) != 0 {
		t.Errorf("%d waits are left of an array that has ended", a.core.awaitedBy)
	}
}

// TestAwaitedByAll: all sessions together have a limit as well.
func TestAwaitedByAll(t *testing.T) {
	a := newAwaiting(t, awaitedMax)
	for i := range awaitedAllMax / awaitedMax {
		a.step(a.client(i), &wire.Hello{Session: strconv.Itoa(i)})
		if n := a.wait(i, 0, awaitedMax); n != 0 {
			t.Fatalf("%d are refused to session %d", n, i)
		}
	}
	a.step(a.client(99), &wire.Hello{Session: "99"})
	if n := a.wait(99, 0, 1); n != 1 {
		t.Error("one more than all may wait for is not refused")
	}
}

// TestAwaitedByTasks: tasks that have ended leave no places behind of the members that they
// waited for, but of those that others wait for.
func TestAwaitedByTasks(t *testing.T) {
	a := newAwaiting(t, 20)
	var tasks []journal.ID
	for n := range 3 {
		spec := &journal.Spec{Key: strconv.Itoa(n), Tries: 1, Target: journal.Target{Kind: journal.ToWorker, Name: "v"}}
		for pos := range uint32(10) {
			spec.After = append(spec.After, journal.Dependency{Task: journal.IDOf(a.array, pos), Wants: journal.WantsEnd})
		}
		a.step(a.client(0), &wire.Submit{Spec: spec, Quiet: true})
		tasks = append(tasks, a.core.keys.get(spec.Key).ID)
	}
	a.wait(0, 9, 2)
	for i, id := range tasks {
		if want := 11; a.places() != want {
			t.Errorf("%d places before %d have ended, want %d", a.places(), i, want)
		}
		a.step(a.client(0), &wire.Cancel{Task: id})
	}
	if a.places() != 2 {
		t.Errorf("%d places are left behind by tasks that have ended: want the session's 2", a.places())
	}
	a.step(a.client(0), &wire.Leave{})
	if a.places() != 0 {
		t.Errorf("%d places are left behind", a.places())
	}
}
