package broker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

var limitWorker = wire.Peer{Dialect: wire.BCP2Worker, Route: "w"}

func (r *room) register(slots uint32) {
	r.b.Step(r.now, limitWorker, &wire.Register{Name: "w", Instance: [16]byte{1}, Slots: slots, Services: []string{"s", "s2"}})
}

func (r *room) setLimit(do wire.LimitDo, l journal.Limit) {
	r.t.Helper()
	r.b.Step(r.now, roomClient, &wire.Limit{Req: 1, Do: do, What: l})
}

// keyed submits tasks with limit keys.
func (r *room) keyed(client wire.Peer, n int, keys ...string) {
	for range n {
		r.now.Mono += time.Millisecond
		r.b.Step(r.now, client, &wire.Submit{Spec: &journal.Spec{
			Tries: 1, LimitKeys: keys, Target: journal.Target{Kind: journal.ToService, Name: "s"},
		}})
	}
}

// gone returns the dispatches since the last call, as client and keys of each.
func (r *room) gone() (refs []wire.Ref, names string) {
	out := r.b.Take()
	r.b.Committed(out.Mark)
	var list []string
	for _, s := range out.Sends {
		if m, ok := s.Msg.(*wire.Dispatch); ok {
			spec := r.b.live(m.Task).Spec
			refs = append(refs, m.Ref)
			list = append(list, spec.ClientName()+strings.Join(spec.LimitKeys, "+"))
		}
	}
	return refs, strings.Join(list, " ")
}

func (r *room) expect(want string) []wire.Ref {
	r.t.Helper()
	refs, names := r.gone()
	if names != want {
		r.t.Errorf("dispatched: %q, want %q", names, want)
	}
	r.checkLimits()
	return refs
}

func (r *room) done(ref wire.Ref) {
	r.now.Mono += time.Millisecond
	r.b.Step(r.now, limitWorker, &wire.Outcome{Ref: ref, Verdict: wire.VerdictDone})
}

// A limit of a key goes before what tasks say; both are exact while attempts come
// and go, and what waits for one holds up nothing else.
func TestKeyLimits(t *testing.T) {
	r := newRoom(t, 0)
	r.register(10)
	r.keyed(roomClient, 4, "k=2")
	r.keyed(roomClient, 1, "x")
	out := r.expect("ck=2 ck=2 cx")
	r.keyed(roomClient, 1, "k=1", "x")
	r.keyed(roomClient, 1, "k=3")
	r.expect("ck=3")
	r.done(out[0])
	r.expect("") // three were out, and two are: as many as the next may have
	r.done(out[1])
	r.expect("ck=2")
	r.setLimit(wire.LimitSet, journal.Limit{Scope: journal.LimitKey, Name: "k", Running: 3})
	r.expect("ck=2")
	r.setLimit(wire.LimitSet, journal.Limit{Scope: journal.LimitKey, Name: "k", Running: 1})
	r.keyed(roomClient, 1, "k=5")
	r.expect("")
	r.setLimit(wire.LimitUnset, journal.Limit{Scope: journal.LimitKey, Name: "k"})
	r.expect("ck=5")
}

// A limit that is lowered stops nothing, one that is raised lets all go that it may.
func TestLimitChanges(t *testing.T) {
	r := newRoom(t, 0)
	r.register(10)
	service := journal.Limit{Scope: journal.LimitService, Name: "s", Running: 4}
	r.setLimit(wire.LimitSet, service)
	r.submit(roomClient, 8, "s", 0)
	out := r.expect("c c c c")
	service.Running = 2
	r.setLimit(wire.LimitSet, service)
	r.done(out[0])
	r.done(out[1])
	r.expect("")
	r.done(out[2])
	r.expect("c")
	service.Running = 5
	r.setLimit(wire.LimitSet, service)
	r.expect("c c c")
}

// Of those that one limit keeps, the clients take turns.
func TestLimitTurns(t *testing.T) {
	r := newRoom(t, 0)
	r.setLimit(wire.LimitSet, journal.Limit{Scope: journal.LimitKey, Name: "k", Running: 1})
	r.register(10)
	r.keyed(roomClients[0], 5, "k")
	r.keyed(roomClients[1], 2, "k")
	r.keyed(roomClients[2], 2, "k")
	order := ""
	for range 9 {
		refs, names := r.gone()
		if len(refs) != 1 {
			t.Fatalf("after %q: %q", order, names)
		}
		order += names[:1]
		r.done(refs[0])
	}
	// The first one went before anybody waited, and then c did so first.
	if order != "ccdecdecc" {
		t.Errorf("the order is %s", order)
	}
}

// A client's limit is for all its sessions, and for no other client.
func TestClientLimit(t *testing.T) {
	r := newRoom(t, 0)
	other := wire.Peer{Dialect: wire.BCP2Client, Route: "again"}
	r.b.Step(r.now, other, &wire.Hello{Session: "c/2"})
	r.setLimit(wire.LimitSet, journal.Limit{Scope: journal.LimitClient, Name: "c", Running: 2})
	r.register(10)
	r.submit(roomClient, 2, "s", 0)
	r.submit(other, 1, "s2", 0)
	r.submit(roomClients[1], 1, "s", 0)
	r.expect("c c d")
}

// A rate lets the next one go when its time has come, and a restart gives no burst.
func TestRate(t *testing.T) {
	r := newRoom(t, 0)
	r.setLimit(wire.LimitSet, journal.Limit{Scope: journal.LimitService, Name: "s", Rate: 2000, Burst: 3})
	r.register(100)
	for range 20 {
		r.b.Step(r.now, roomClient, &wire.Submit{Spec: &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"}}})
	}
	r.expect("c c c")
	tick := func(after time.Duration, want string) {
		t.Helper()
		r.now.Mono += after
		r.b.workers["w"].heard = r.now.Mono
		r.b.Tick(r.now)
		r.expect(want)
	}
	tick(499*time.Millisecond, "")
	tick(time.Millisecond, "c")
	if at, ok := r.b.NextDeadline(); !ok || at > r.now.Mono+500*time.Millisecond {
		t.Errorf("the next deadline is at %v, %t; now is %v", at, ok, r.now.Mono)
	}
	tick(2*time.Second, "c c c")
	r.b.emptyBuckets(r.now) // as Open does
	tick(499*time.Millisecond, "")
	tick(time.Millisecond, "c")
}

// BenchmarkLimited is BenchmarkDispatch while so many more tasks wait that a limit
// keeps.
func BenchmarkLimited(b *testing.B) {
	for _, kept := range []int{0, 1_000_000} {
		b.Run(fmt.Sprint(kept, " kept"), func(b *testing.B) {
			f := newFleet(b, 1024, 1000, 16)
			f.Step(Instant{}, roomClient, &wire.Limit{Do: wire.LimitSet, What: journal.Limit{Scope: journal.LimitKey, Name: "k", Running: 1}})
			for range kept {
				f.Step(Instant{}, roomClient, &wire.Submit{Quiet: true, Spec: &journal.Spec{
					Tries: 1, LimitKeys: []string{"k"}, Target: journal.Target{Kind: journal.ToService, Name: f.service(f.next)},
				}})
				f.next++
				f.take()
			}
			for range 1000 {
				f.submit()
			}
			b.ResetTimer()
			for b.Loop() {
				f.endOne()
				f.submit()
			}
		})
	}
}

// BenchmarkTurns is BenchmarkDispatch for so many clients, of whose tasks each
// service has some.
func BenchmarkTurns(b *testing.B) {
	for _, clients := range []int{1, 1000} {
		b.Run(fmt.Sprint(clients, " clients"), func(b *testing.B) {
			f := newFleet(b, 64, 10, 10)
			peers := make([]wire.Peer, clients)
			for i := range peers {
				peers[i] = wire.Peer{Dialect: wire.BCP2Client, Route: fmt.Sprint("client", i)}
				f.Step(Instant{}, peers[i], &wire.Hello{Session: fmt.Sprint("client", i, "/1")})
			}
			for range 100_000 {
				f.submitBy(peers[f.next%clients])
			}
			b.ResetTimer()
			for b.Loop() {
				f.endOne()
				f.submitBy(peers[f.next%clients])
			}
		})
	}
}

// A limit that is set or unset again stays as it is, unless it was changed back meanwhile.
func TestLimitIsRepeated(t *testing.T) {
	c := newChanger(t)
	what := journal.Limit{Scope: journal.LimitService, Name: "s", Running: 3}
	set, unset := &wire.Limit{Do: wire.LimitSet, What: what}, &wire.Limit{Do: wire.LimitUnset, What: what}
	for i, m := range []*wire.Limit{set, set, unset, unset, set, set} {
		running := uint32(3)
		if m == unset {
			running = 0
		}
		answer, records := c.step(m)
		if got, ok := answer.(*wire.Limits); !ok || got.Items[0].Running != running || records != 1-i%2 {
			t.Errorf("request %d: %d records, %+v", i, records, answer)
		}
	}
}
