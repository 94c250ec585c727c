package broker

import (
	"fmt"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// BenchmarkDispatch ends one attempt after another on 1,024 workers, each with 16
// of 1,000 services, while so many tasks wait: each end is followed by the
// dispatch of the worker's next task, and by a new submit.
func BenchmarkDispatch(b *testing.B) {
	for _, waiting := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprint(waiting, " waiting"), func(b *testing.B) {
			f := newFleet(b, 1024, 1000, 16)
			for range waiting {
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

// fleet is a core with workers that always have something to do.
type fleet struct {
	*Broker
	services, next int
	active         []wire.Ref
}

func newFleet(tb testing.TB, workers, services, each int) *fleet {
	f := &fleet{Broker: New(Config{}, journal.NewMemDisk("fleet").Open(), &room{}, journal.ID{}), services: services}
	f.Step(Instant{}, roomClient, &wire.Hello{Session: "c"})
	for w := range workers {
		m := &wire.Register{Name: fmt.Sprint("w", w), Instance: [16]byte{1}, Slots: 1}
		for s := range each {
			m.Services = append(m.Services, f.service(w*7+s*61))
		}
		f.Step(Instant{}, wire.Peer{Dialect: wire.BCP2Worker, Route: m.Name}, m)
	}
	for f.stats.Dispatched < workers {
		f.submit()
	}
	tb.Logf("%d workers, %d services, %d crews", workers, services, len(f.crews))
	return f
}

func (f *fleet) service(i int) string { return fmt.Sprint("s", i%f.services) }

// submit submits a task for the next of the services.
func (f *fleet) submit() { f.submitBy(roomClient) }

func (f *fleet) submitBy(client wire.Peer) {
	target := journal.Target{Kind: journal.ToService, Name: f.service(f.next)}
	f.next++
	f.Step(Instant{}, client, &wire.Submit{Quiet: true, Spec: &journal.Spec{Tries: 1, Target: target}})
	f.take()
}

// endOne ends the attempt that was dispatched the longest ago.
func (f *fleet) endOne() {
	ref := f.active[0]
	f.active = f.active[1:]
	f.Step(Instant{}, f.live(ref.Task).worker.peer, &wire.Outcome{Ref: ref, Verdict: wire.VerdictDone})
	f.take()
}

func (f *fleet) take() {
	out := f.Take()
	f.Committed(out.Mark)
	for _, s := range out.Sends {
		if m, ok := s.Msg.(*wire.Dispatch); ok {
			f.active = append(f.active, m.Ref)
		}
	}
}
