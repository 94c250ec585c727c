package sim

import (
	"fmt"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// operator speaks to the core as the admin API does: with a local peer for each
// request, inside the broker's process.
type operator struct {
	w    *world
	made int
	open map[wire.Peer]int // rows of replays that are not complete
}

func newOperator(w *world) *operator {
	return &operator{w: w, open: make(map[wire.Peer]int)}
}

func (o *operator) peer() wire.Peer {
	o.made++
	return wire.Peer{Dialect: wire.Local, Route: fmt.Sprint("admin-", o.made)}
}

// replay asks for a replay of everything.
func (o *operator) replay() {
	if b := o.w.broker; b.up && !b.stopping {
		peer := o.peer()
		o.open[peer] = 0
		b.ask(peer, &wire.Replay{Req: 1, DryRun: o.w.chance(300)})
	}
}

// cancel cancels a task.
func (o *operator) cancel(id journal.ID) {
	o.change(&wire.Cancel{Req: 1, Task: id, By: "operator", Text: "cannot be done"})
}

// hold puts a task aside.
func (o *operator) hold(id journal.ID) {
	o.change(&wire.Hold{Req: 1, Task: id, By: "operator", Text: "not yet"})
}

// release lets a task go on.
func (o *operator) release(id journal.ID) {
	o.change(&wire.Release{Req: 1, Task: id, By: "operator", Text: "now"})
}

// change asks for something and does not wait for the answer.
func (o *operator) change(m wire.Message) {
	if b := o.w.broker; b.up && !b.stopping {
		peer := o.peer()
		b.ask(peer, m)
		if b.up {
			b.ask(peer, &wire.Leave{})
		}
	}
}

// brokerGone takes in that nothing more is answered.
func (o *operator) brokerGone() { clear(o.open) }

// take takes in an answer of the core.
func (o *operator) take(s broker.Send, m wire.Message) {
	o.w.cover.send(m)
	o.w.oracle.leaving(s, m)
	switch m := m.(type) {
	case *wire.ReplayRow:
		o.open[s.To]++
	case *wire.ReplayEnd:
		if rows, open := o.open[s.To]; !open || rows != m.Tasks {
			o.w.fail("replay ended with %d tasks after %d rows (open: %v)", m.Tasks, rows, open)
		}
		delete(o.open, s.To)
	}
}
