package session_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/worker/session"
)

// TestAnyOrder gives sessions words in any order, as a broker that errs and a
// network that mixes would, and checks what must hold after each.
func TestAnyOrder(t *testing.T) {
	for seed := range uint64(300) {
		c := newChaos(t, seed)
		for range 400 {
			c.move()
			c.check()
		}
	}
}

type chaos struct {
	*testing.T
	seed    uint64
	rand    *rand.Rand
	now     time.Duration
	s       *session.Session
	started map[wire.Ref]bool
	open    map[wire.Ref]bool // started and not ended
	newest  map[journal.ID]uint32
	outcome map[wire.Ref]*wire.Outcome
}

const chaosSlots = 4

func newChaos(t *testing.T, seed uint64) *chaos {
	c := &chaos{
		T: t, seed: seed, rand: rand.New(rand.NewPCG(seed, 0)),
		s:       session.New(session.Config{Name: "w", Slots: chaosSlots, StopOnLost: seed%2 == 0}),
		started: map[wire.Ref]bool{}, open: map[wire.Ref]bool{},
		newest: map[journal.ID]uint32{}, outcome: map[wire.Ref]*wire.Outcome{},
	}
	c.s.Open(0)
	return c
}

func (c *chaos) ref() wire.Ref {
	return wire.Ref{Task: journal.ID{15: byte(c.rand.IntN(8))}, Attempt: 1 + c.rand.Uint32N(6)}
}

// move makes one random call.
func (c *chaos) move() {
	c.now += time.Duration(c.rand.IntN(800)) * time.Millisecond
	switch c.rand.IntN(18) {
	case 0:
		c.s.Step(c.now, &wire.Welcome{Epoch: c.rand.Uint64N(3), HeartbeatMS: 1000, Liveness: 3})
	case 1:
		c.s.Step(c.now, &wire.Refuse{Code: wire.Code(c.rand.IntN(15))})
	case 2:
		c.s.Step(c.now, &wire.Stop{Ref: c.ref()})
	case 3, 4, 5:
		c.s.Step(c.now, &wire.Dispatch{Ref: c.ref(), Seq: c.rand.Uint64N(500)})
	case 6, 7:
		c.s.Step(c.now, &wire.OutcomeAck{Ref: c.ref()})
	case 8:
		c.s.Begun(c.ref())
	case 9, 10:
		ref := c.ref()
		if c.open[ref] {
			delete(c.open, ref)
			c.s.Ended(c.now, wire.Outcome{Ref: ref, Verdict: wire.Verdict(1 + c.rand.IntN(2))})
		}
	case 11:
		c.s.Tick(c.now)
	case 12:
		if ref := c.ref(); c.s.Save(c.now, ref, []byte("state"), c.rand.IntN(2) == 0) > 0 != c.open[ref] {
			c.fail("save of %s, which runs: %v", name(ref), c.open[ref])
		}
	case 13:
		c.s.Step(c.now, &wire.CheckpointAck{Ref: c.ref(), Seq: 1 + c.rand.Uint32N(4)})
	case 15:
		m := &wire.Extend{Ref: c.ref(), Option: journal.Extendable[c.rand.IntN(3)]}
		if c.s.Extend(c.now, m, c.rand.IntN(2) == 0) > 0 != c.open[m.Ref] {
			c.fail("extension of %s, which runs: %v", name(m.Ref), c.open[m.Ref])
		}
	case 16:
		c.s.Step(c.now, &wire.ExtendAck{Ref: c.ref(), Option: journal.Extendable[c.rand.IntN(3)], Seq: 1 + c.rand.Uint32N(4)})
	case 14:
		c.s.Progress(c.now, &wire.Progress{Ref: c.ref()})
	case 17:
		c.s.Congested(c.now, c.rand.IntN(2) == 0)
	}
}

func (c *chaos) check() {
	registered := c.s.Registered()
	e := c.s.Take()
	for _, m := range e.Sends {
		if _, ok := m.(*wire.Register); !ok && !registered {
			c.fail("%T sent while the broker does not know the worker", m)
		}
		c.checkOutcome(m)
	}
	for _, d := range e.Starts {
		c.checkStart(d.Ref)
	}
	for _, o := range e.Stops {
		if !c.open[o.Ref] {
			c.fail("stop of %s, which does not run", name(o.Ref))
		}
	}
	if c.s.Busy() != len(c.open) {
		c.fail("busy %d, started and not ended %d", c.s.Busy(), len(c.open))
	}
}

func (c *chaos) checkOutcome(m wire.Message) {
	o, ok := m.(*wire.Outcome)
	if !ok || o.Verdict == wire.VerdictUnknown || o.Verdict == wire.VerdictRefused {
		return
	}
	if c.open[o.Ref] || !c.started[o.Ref] {
		c.fail("outcome of %s, which has not ended", name(o.Ref))
	}
	if before := c.outcome[o.Ref]; before != nil && before.Verdict != o.Verdict {
		c.fail("outcome of %s changed", name(o.Ref))
	}
	c.outcome[o.Ref] = o
}

func (c *chaos) checkStart(ref wire.Ref) {
	if c.started[ref] {
		c.fail("%s started twice", name(ref))
	}
	if ref.Attempt <= c.newest[ref.Task] {
		c.fail("%s started after attempt %d", name(ref), c.newest[ref.Task])
	}
	c.started[ref], c.open[ref], c.newest[ref.Task] = true, true, ref.Attempt
}

func (c *chaos) fail(format string, args ...any) {
	c.Helper()
	c.Fatalf("seed %d at %v: %s", c.seed, c.now, fmt.Sprintf(format, args...))
}

// TestTableIsBounded has a broker that never acknowledges anything.
func TestTableIsBounded(t *testing.T) {
	s := session.New(session.Config{Name: "w", Slots: 1})
	s.Open(0)
	s.Step(0, &wire.Welcome{Epoch: 1})
	last := wire.Ref{}
	for i := range 5000 {
		last = wire.Ref{Task: journal.ID{0: byte(i >> 8), 1: byte(i)}, Attempt: 1}
		s.Step(0, &wire.Dispatch{Ref: last, Seq: uint64(i + 1)})
		s.Ended(0, wire.Outcome{Ref: last, Verdict: wire.VerdictDone})
	}
	if n := s.Unsettled(); n > 2000 {
		t.Errorf("%d attempts kept", n)
	}
	sends := s.Take().Sends
	o, ok := sends[len(sends)-1].(*wire.Outcome)
	if !ok || o.Ref != last || o.Verdict != wire.VerdictRefused || o.Text == "" {
		t.Errorf("last word is %+v, want a refusal with its reason", sends[len(sends)-1])
	}
}

// TestAllAcknowledgementsLost has the broker give all slots away a second time
// before it acknowledges what ended in them: nothing is refused.
func TestAllAcknowledgementsLost(t *testing.T) {
	const slots = wire.MaxSlots
	s := session.New(session.Config{Name: "w", Slots: slots})
	s.Open(0)
	s.Step(0, &wire.Welcome{Epoch: 1})
	for i := range 2 * slots {
		ref := wire.Ref{Task: journal.ID{0: byte(i >> 8), 1: byte(i)}, Attempt: 1}
		s.Step(0, &wire.Dispatch{Ref: ref, Seq: uint64(i + 1)})
		if i < slots {
			s.Ended(0, wire.Outcome{Ref: ref, Verdict: wire.VerdictDone})
		}
	}
	if n := len(s.Take().Starts); n != 2*slots {
		t.Errorf("%d attempts are started of %d", n, 2*slots)
	}
}
