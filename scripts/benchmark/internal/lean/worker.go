package lean

import (
	"crypto/rand"
	"fmt"

	"bcp/broker/wire"
	"bcp/scripts/benchmark/internal/load"
)

// worker does nothing, at once.
type worker struct {
	register wire.Register
	seen     uint64
	ready    *int // how many peers the broker has welcomed

	begun   wire.Begun
	outcome wire.Outcome
}

func newWorker(number, slots int, ready *int) *worker {
	w := &worker{ready: ready}
	w.register = wire.Register{
		Name:     fmt.Sprintf("%s-%d", load.Service, number),
		Slots:    uint32(slots),
		Services: []string{load.Service},
	}
	_, _ = rand.Read(w.register.Instance[:]) // it never fails
	w.outcome.Verdict = wire.VerdictDone
	return w
}

func (w *worker) hello(c *conn) error { return c.send(&w.register) }

// take answers a dispatch with all that is to be said of it, so that the broker
// can commit start and end together. Nothing stays in hand, so the inventory in
// the heartbeats is always empty.
func (w *worker) take(c *conn, m wire.Message) error {
	switch m := m.(type) {
	case *wire.Dispatch:
		w.seen = m.Seq
		w.begun.Ref, w.outcome.Ref = m.Ref, m.Ref
		if err := c.send(&w.begun); err != nil {
			return err
		}
		return c.send(&w.outcome)
	case *wire.Welcome:
		*w.ready++
	case *wire.Beat:
		if m.Ask {
			return w.beat(c)
		}
	case *wire.Refuse:
		return fmt.Errorf("worker %s was refused: %s: %s", w.register.Name, m.Code, m.Text)
	}
	return nil
}

func (w *worker) beat(c *conn) error { return c.send(&wire.WorkerBeat{Seen: w.seen}) }
