package sim

import (
	"time"

	"bcp/broker/wire"
)

// names is what the oracle knows of who has which worker's name: a live one's is
// given to nobody else.
type names struct {
	holders map[string]*holder
	stolen  map[wire.Peer]string // who asks for a name that a live worker has
}

// holder is the process that was let in under a name last.
type holder struct {
	peer     wire.Peer
	instance [16]byte
	heard    time.Duration
	draining bool // it has said so
}

func newNames() names { return names{map[string]*holder{}, map[wire.Peer]string{}} }

// heardOf takes in that a worker's process says something. One that was silent for too
// long has lost its name by then.
func (o *oracle) heardOf(from wire.Peer, m wire.Message) {
	h := o.names.holders[o.claims[from].name]
	live := h != nil && o.live(h)
	if h != nil && h.peer == from {
		_, leaves := m.(*wire.Leave)
		if h.heard = o.w.now; leaves || !live {
			delete(o.names.holders, o.claims[from].name)
		}
		if b, ok := m.(*wire.WorkerBeat); ok {
			h.draining = b.Draining
		}
	}
	if r, ok := m.(*wire.Register); ok {
		delete(o.names.stolen, from)
		h := o.names.holders[r.Name]
		if h != nil {
			h.draining = false // it may be another one's by now
		}
		if h != nil && h.peer != from && h.instance != r.Instance && o.live(h) {
			o.names.stolen[from] = r.Name
		}
	}
}

// live tells whether a worker is taken for live: it has spoken in time.
func (o *oracle) live(h *holder) bool {
	return o.w.now-h.heard < o.w.plan.silence()
}

// unreached takes in that a message did not leave: its peer has lost its place.
func (o *oracle) unreached(to wire.Peer) {
	if h := o.names.holders[o.claims[to].name]; h != nil && h.peer == to {
		delete(o.names.holders, o.claims[to].name)
	}
}

// holds takes in that a worker is let in under its name.
func (o *oracle) holds(to wire.Peer) {
	if name := o.names.stolen[to]; name != "" {
		o.w.fail("worker %s is let in, and another process has the name and has spoken", name)
	}
	if to.Dialect == wire.BCP2Worker {
		o.names.holders[o.claims[to].name] = &holder{peer: to, instance: o.claims[to].instance, heard: o.claims[to].at}
	}
}
