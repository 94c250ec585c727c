package broker

import (
	"maps"
	"slices"
	"strings"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/place"
)

// worker is one that has registered, or that is awaited: it has attempts, or a broadcast
// has a member for it.
type worker struct {
	name     string
	peer     wire.Peer // without a route while it is away, none before it has registered
	instance [16]byte
	live     bool // registered and heard from in time
	draining bool
	doubted  bool // it is among the doubted
	slots    int
	offer    place.Offer   // its labels, and its resources in all
	left     place.Amounts // what its attempts leave of them
	keeps    *task         // that it is kept for, nil for none
	services []string      // sorted
	number   uint32        // counted from 1, at its first registration
	members  []*member
	attempts list                 // dispatched and not over, in the order of dispatch
	parts    map[journal.ID]*task // members of broadcasts that are for it and have not ended
	seq      uint64               // dispatches since it registered
	ear
	since time.Duration // when it registered
	used  uint64        // when its slots last changed, in counts
	timer timer         // next beat; while away, the end of the grace
}

// idle tells whether nothing is at the worker, or waits for it alone.
func (w *worker) idle() bool { return w.attempts.len == 0 && len(w.parts) == 0 }

// noInventory tells whether the worker can't say what it has.
func (w *worker) noInventory() bool { return w.peer.Dialect == wire.BCP1Worker }

func (w *worker) free() int { return w.slots - w.attempts.len }

// usable tells whether the worker can be given an attempt.
func (w *worker) usable() bool { return w.live && !w.draining && w.free() > 0 }

// touch puts the worker to its place in its crews, after a change of what it
// can take.
func (b *Broker) touch(w *worker) {
	if !w.live || w.draining {
		b.unkeep(w)
	}
	b.uses++
	w.used = b.uses
	for _, m := range w.members {
		m.rank()
	}
}

// expectWorker returns the entry of a worker that something in the journal is for. A
// new entry is away: it has the grace to come back.
func (b *Broker) expectWorker(now Instant, name string) *worker {
	w := b.workers[name]
	if w == nil {
		w = &worker{name: name}
		b.workers[name] = w
		b.arm(&w.timer, w, now.Mono+b.cfg.ReattachGrace)
	}
	return w
}

// away takes a worker out of service. Its attempts wait for the grace.
func (b *Broker) away(now Instant, w *worker, grace time.Duration) {
	delete(b.workersByPeer, w.peer)
	w.live, w.peer.Route = false, "" // what it speaks is still shown
	b.touch(w)
	if w.idle() {
		b.forgetWorker(w)
		return
	}
	b.arm(&w.timer, w, now.Mono+grace)
	b.listen(now, w)
}

// lost tells whether the worker is away and its grace is over.
func (w *worker) lost() bool { return !w.live && w.timer.index == 0 }

// forgetWorker forgets a worker that is away, has nothing, and that nothing waits for alone.
func (b *Broker) forgetWorker(w *worker) {
	b.replayGone(w)
	b.discharge(w)
	b.disarm(&w.timer)
	delete(b.workers, w.name)
}

// silence is how long a peer may say nothing before it is gone.
func (b *Broker) silence() time.Duration {
	return b.cfg.Heartbeat * time.Duration(b.cfg.Liveness)
}

// bcp1Heartbeat is how often a BCP/1 worker speaks and wants to be spoken to,
// whatever the broker is configured with. It may miss three.
const bcp1Heartbeat = 2500 * time.Millisecond

// rhythm is how often the worker is sent a beat, and how long it may be silent.
func (b *Broker) rhythm(w *worker) (heartbeat, silence time.Duration) {
	if w.noInventory() {
		return min(b.cfg.Heartbeat, bcp1Heartbeat), max(b.silence(), 3*bcp1Heartbeat)
	}
	return b.cfg.Heartbeat, b.silence()
}

// beatTurns is into how many turns a heartbeat is divided. Beats leave with all others of
// their turn, so up to a turn early: each alone would cost the process a wake-up.
const beatTurns = 25

// nextBeat is when a peer is to be sent a beat that is sent one now.
func nextBeat(now Instant, heartbeat time.Duration) time.Duration {
	at := now.Mono + heartbeat
	return at - at%(heartbeat/beatTurns)
}

// due sends the worker its beat, finds it gone, or ends its grace.
func (w *worker) due(b *Broker, now Instant) {
	heartbeat, silence := b.rhythm(w)
	next := nextBeat(now, heartbeat)
	switch {
	case !w.live && b.deaf:
		b.arm(&w.timer, w, next)
	case !w.live:
		b.expire(now, w)
	case !b.deaf && b.silent(now, w.peer, &w.ear, silence) >= silence:
		b.away(now, w, b.cfg.ReattachGrace)
	default:
		b.send(w.peer, &wire.Beat{})
		if gone := w.heard + silence; gone > now.Mono {
			next = min(next, gone)
		} else {
			b.doubt(w)
		}
		b.arm(&w.timer, w, next)
	}
}

// doubt has the worker looked at as soon as what it has said must have been read.
func (b *Broker) doubt(w *worker) {
	if !w.doubted {
		w.doubted = true
		b.doubted = append(b.doubted, w)
	}
}

// ear is what the broker has heard of a peer.
type ear struct {
	heard time.Duration // when it last said something
	bytes uint64        // that had come from it when they were last asked for
}

// partMin is how many bytes of a message that is not whole count as a word: more than the
// PINGs of a ZeroMQ library, which lives on when its program hangs.
const partMin = 16 << 10

// silent is for how long nothing has come from a peer. Who says nothing for a while may
// be sending what is large for its line: then it was heard when the last bytes of that came.
func (b *Broker) silent(now Instant, p wire.Peer, e *ear, while time.Duration) time.Duration {
	if now.Mono-e.heard >= while && b.cfg.Received != nil && b.Knows(p) {
		bytes, ago, ok := b.cfg.Received(p)
		if ok && bytes-e.bytes >= partMin {
			e.heard = max(e.heard, now.Mono-ago)
		}
		e.bytes = bytes
	}
	return now.Mono - e.heard
}

// sending tells whether a large message to the peer is still leaving: what was sent lately
// may be that, or behind it, and is not sent again.
func (b *Broker) sending(p wire.Peer) bool { return b.cfg.Sending != nil && b.cfg.Sending(p) }

// expire ends the grace of a worker that is away: what it had is lost, but for
// tasks that want to wait for it and that nobody wants to stop.
func (b *Broker) expire(now Instant, w *worker) {
	for _, t := range w.attempts.snapshot() {
		if t.worker != w {
			continue // its array was stopped meanwhile
		}
		if t.stopped() || b.policy(t) != journal.LossWait {
			b.lose(now, t, journal.ReasonLost)
		}
	}
	b.missAll(now, w)
	b.replayGone(w)
}

func (b *Broker) sortedWorkers() []*worker {
	return slices.SortedFunc(maps.Values(b.workers), func(x, y *worker) int { return strings.Compare(x.name, y.name) })
}
