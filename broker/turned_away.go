package broker

import (
	"time"

	"bcp/broker/wire"
)

// turnAwayDelay is how long a BCP/1 worker that can't be registered waits for its answer,
// DISCONNECT: it connects anew and says READY at once, thousands of times a second.
const turnAwayDelay = 250 * time.Millisecond

// turnedAway is such a worker.
type turnedAway struct {
	peer  wire.Peer
	why   *wire.Error
	timer timer
}

// turnAway refuses a registration, or what is not understood and may be one. A BCP/1 worker's
// over a connection of nobody's is refused a little later, as far as there is room for it.
func (b *Broker) turnAway(now Instant, from wire.Peer, why *wire.Error) {
	if from.Dialect != wire.BCP1Worker || b.workersByPeer[from] != nil || len(b.turned) >= b.cfg.MaxPeers {
		b.refuse(from, why.Refuse())
		return
	}
	if b.turned[from] == nil {
		t := &turnedAway{peer: from, why: why}
		b.turned[from] = t
		b.arm(&t.timer, t, now.Mono+turnAwayDelay)
	}
}

// due tells the worker, unless it was registered meanwhile.
func (t *turnedAway) due(b *Broker, _ Instant) {
	delete(b.turned, t.peer)
	if b.workersByPeer[t.peer] == nil {
		b.refuse(t.peer, t.why.Refuse())
	}
}
