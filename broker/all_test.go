package broker

import (
	"encoding/json"
	"fmt"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// broadcastFleet is so many workers as a large fleet has.
const broadcastFleet = 1024

// newAudience returns a fleet that has nothing to do, of workers that all serve one
// service.
func newAudience() *fleet {
	f := &fleet{Broker: New(Config{}, journal.NewMemDisk("audience").Open(), &room{}, journal.ID{})}
	f.Step(Instant{}, roomClient, &wire.Hello{Session: "c"})
	for w := range broadcastFleet {
		f.join(w)
	}
	f.take()
	return f
}

// join lets a worker of an audience in, and returns it.
func (f *fleet) join(w int) wire.Peer {
	m := &wire.Register{Name: fmt.Sprintf("w%04d", w), Instance: [16]byte{1}, Slots: 1, Services: []string{"s"}}
	peer := wire.Peer{Dialect: wire.BCP2Worker, Route: m.Name}
	f.Step(Instant{}, peer, m)
	return peer
}

func (f *fleet) broadcast() {
	f.Step(Instant{}, roomClient, &wire.Submit{Spec: &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToAll, Name: "s"}}})
}

// TestBroadcastToAFleet submits a broadcast to 1,024 workers: it is in one commit with
// all its members and their dispatches, and there is one end, with all of them in it.
func TestBroadcastToAFleet(t *testing.T) {
	f := newAudience()
	f.broadcast()
	out := f.Take()
	kinds := map[journal.Kind]int{}
	for i := range out.Records {
		kinds[out.Records[i].Kind]++
	}
	if kinds[journal.KindSubmit] != 1 || kinds[journal.KindJoin] != broadcastFleet || kinds[journal.KindDispatch] != broadcastFleet || kinds[journal.KindTally] != 1 {
		t.Errorf("one step makes the records %v", kinds)
	}
	dispatches := 0
	for _, s := range out.Sends {
		if m, ok := s.Msg.(*wire.Dispatch); ok {
			dispatches++
			f.active = append(f.active, m.Ref)
		}
	}
	if dispatches != broadcastFleet {
		t.Errorf("%d workers are sent something", dispatches)
	}
	var ends []*wire.Ended
	for _, ref := range f.active {
		f.Step(Instant{}, f.live(ref.Task).worker.peer, &wire.Outcome{Ref: ref, Verdict: wire.VerdictDone})
		for _, s := range f.Take().Sends {
			if m, ok := s.Msg.(*wire.Ended); ok {
				ends = append(ends, m)
			}
		}
	}
	if len(ends) != 1 || ends[0].State != journal.Done {
		t.Fatalf("the ends are %+v", ends)
	}
	var told journal.Summary
	if err := json.Unmarshal(ends[0].Result, &told); err != nil || told.Done != broadcastFleet || len(told.Each)+told.LeftOut != broadcastFleet {
		t.Errorf("the result tells of %v, and %d by name: %v", told.Numbers, len(told.Each), err)
	}
}

// BenchmarkBroadcast submits broadcasts to 1,024 idle workers: everything else waits for as
// long as that takes.
func BenchmarkBroadcast(b *testing.B) {
	f := newAudience()
	for b.Loop() {
		f.broadcast()
		out := f.Take()
		f.Committed(out.Mark)
		b.StopTimer()
		for _, s := range out.Sends {
			if m, ok := s.Msg.(*wire.Dispatch); ok {
				f.Step(Instant{}, f.live(m.Task).worker.peer, &wire.Outcome{Ref: m.Ref, Verdict: wire.VerdictDone})
			}
		}
		f.take()
		f.active = nil
		b.StartTimer()
	}
}

// A broadcast's members wait and run in the queue of its service, or of any worker: it has
// none of its own.
func TestBroadcastHasNoQueue(t *testing.T) {
	f := newAudience()
	f.broadcast()
	f.broadcast()
	f.Step(Instant{}, roomClient, &wire.Submit{Spec: &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToAll}, Where: "worker=w0000"}})
	waiting, running := map[journal.TargetKind]int{}, map[journal.TargetKind]int{}
	for _, q := range f.Queues(Instant{}) {
		waiting[q.Target.Kind] += q.Waiting
		running[q.Target.Kind] += q.Running
	}
	if fmt.Sprint(waiting) != fmt.Sprint(map[journal.TargetKind]int{journal.ToWorker: 0, journal.ToService: broadcastFleet, journal.ToAny: 1}) {
		t.Errorf("waiting: %v", waiting)
	}
	if fmt.Sprint(running) != fmt.Sprint(map[journal.TargetKind]int{journal.ToWorker: broadcastFleet, journal.ToService: broadcastFleet, journal.ToAny: 0}) {
		t.Errorf("running: %v", running)
	}
}
