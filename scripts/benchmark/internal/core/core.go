// Package core measures the broker's state machine alone, without sockets and a
// journal: what a dispatch costs while few or many tasks wait, and what a task that
// waits takes of the heap.
//
//	1,024 workers, each with 16 of 1,000 services, all busy
//	   |
//	   +--> end of an attempt --> dispatch of the worker's next task --> a new submit
//	         ...again and again, with always so many tasks waiting
//
// What is counted is processor time, the garbage collector's with it: that of other
// processes on the machine is not in it.
package core

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
	"bcp/scripts/benchmark/internal/proc"
)

const (
	workers  = 1024
	services = 1000
	each     = 16 // services of one worker

	perMS = 20 // submits in a millisecond of the core's clock
)

// Figures are what one cell shows.
type Figures struct {
	Dispatch time.Duration // processor time of an end, the dispatch that follows it, and a submit
	Heap     float64       // bytes, of each task that waits
}

// Measure has so many tasks wait, with a key of 32 bytes or without one, and
// dispatches so many.
func Measure(waiting, dispatches int, keys bool) (Figures, error) {
	f := newFleet(keys)
	for f.active.len < workers {
		f.submit()
	}
	before := heap()
	for range waiting {
		f.submit()
	}
	figures := Figures{Heap: float64(heap()-before) / float64(waiting)}
	for range dispatches / 10 {
		f.turn()
	}
	began, err := proc.Own()
	for range dispatches {
		f.turn()
	}
	ended, endErr := proc.Own()
	figures.Dispatch = (ended - began) / time.Duration(dispatches)
	runtime.KeepAlive(f)
	return figures, errors.Join(err, endErr)
}

// heap returns the bytes that are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

var clientPeer = wire.Peer{Dialect: wire.BCP2Client, Route: "c"}

// fleet is a core with workers that always have something to do.
type fleet struct {
	*broker.Broker
	now    broker.Instant
	names  [services]string
	keys   bool
	tasks  int
	active ring
}

// ring is the attempts that are out, one for each worker, in the order of dispatch.
type ring struct {
	attempts   [workers]attempt
	first, len int
}

func (r *ring) push(a attempt) {
	r.attempts[(r.first+r.len)%workers] = a
	r.len++
}

func (r *ring) pop() attempt {
	a := r.attempts[r.first]
	r.first = (r.first + 1) % workers
	r.len--
	return a
}

type attempt struct {
	ref  wire.Ref
	peer wire.Peer
}

// chance is the same in every run.
type chance struct{ *rand.Rand }

func (c chance) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c.Uint32())
	}
	return len(p), nil
}

func newFleet(keys bool) *fleet {
	f := &fleet{
		Broker: broker.New(broker.Config{}, journal.NewMemDisk("core").Open(), chance{rand.New(rand.NewPCG(1, 1))}, journal.ID{}),
		now:    broker.Instant{WallMS: time.Now().UnixMilli()}, keys: keys,
	}
	for i := range f.names {
		f.names[i] = fmt.Sprint("s", i)
	}
	f.step(clientPeer, &wire.Hello{Session: "c"})
	for w := range workers {
		m := &wire.Register{Name: fmt.Sprint("w", w), Instance: [16]byte{1}, Slots: 1}
		for s := range each {
			m.Services = append(m.Services, f.service(w*7+s*61))
		}
		f.step(wire.Peer{Dialect: wire.BCP2Worker, Route: m.Name}, m)
	}
	return f
}

func (f *fleet) service(i int) string { return f.names[i%services] }

// submit submits a task for the next of the services.
func (f *fleet) submit() {
	spec := &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: f.service(f.tasks)}}
	if f.keys {
		spec.Key = fmt.Sprintf("client-key-%021d", f.tasks)
	}
	if f.tasks++; f.tasks%perMS == 0 {
		f.now.Mono += time.Millisecond
		f.now.WallMS++
	}
	f.step(clientPeer, &wire.Submit{Quiet: true, Spec: spec})
}

// turn ends the attempt that was dispatched the longest ago, and submits a task.
func (f *fleet) turn() {
	a := f.active.pop()
	f.step(a.peer, &wire.Outcome{Ref: a.ref, Verdict: wire.VerdictDone})
	f.submit()
}

func (f *fleet) step(from wire.Peer, m wire.Message) {
	f.Step(f.now, from, m)
	out := f.Take()
	f.Committed(out.Mark)
	for _, s := range out.Sends {
		if d, ok := s.Msg.(*wire.Dispatch); ok {
			f.active.push(attempt{d.Ref, s.To})
		}
	}
	f.Reuse(out)
}
