package worker_test

import (
	"encoding/binary"
	"testing"

	"bcp/broker/wire"
	"bcp/worker"
)

// TestBurst has a worker say more than its socket's queue takes, to a broker
// that does not listen yet: every start and every end must come, in order.
func TestBurst(t *testing.T) {
	b := newBroker(t)
	b.run(worker.Config{
		Slots:   wire.MaxSlots,
		Handler: nothing,
	})
	b.welcome()
	for i := range wire.MaxSlots {
		d := &wire.Dispatch{Ref: wire.Ref{Attempt: 1}, Seq: uint64(i + 1)}
		binary.BigEndian.PutUint32(d.Task[:], uint32(i))
		b.send(d)
	}
	begun, ended := map[wire.Ref]bool{}, map[wire.Ref]bool{}
	for len(ended) < wire.MaxSlots {
		switch m := b.receive().(type) {
		case *wire.Begun:
			begun[m.Ref] = true
		case *wire.Outcome:
			if !begun[m.Ref] || m.Verdict != wire.VerdictDone {
				t.Fatalf("outcome %+v, start told: %v", m, begun[m.Ref])
			}
			if ended[m.Ref] {
				continue // told again, for the machine is slow: the acknowledgement is on its way
			}
			ended[m.Ref] = true
			b.send(&wire.OutcomeAck{Ref: m.Ref})
		}
	}
}
