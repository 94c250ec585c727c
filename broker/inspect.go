package broker

import (
	"slices"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/place"
)

// WorkerInfo is what the broker knows of a worker. Volatile.
type WorkerInfo struct {
	Name     string
	Dialect  string // BCP/1 or BCP/2, "" for one that is awaited since a restart
	Services []string
	Labels   []string      // name=value
	Total    place.Amounts // what it has of each resource
	Left     place.Amounts // what its attempts leave of that
	Slots    int
	Busy     int
	Live     bool // heard from in time
	Draining bool
	Heard    time.Duration // ago, if it has a dialect
	Since    time.Duration // registered ago, likewise
	Tasks    []journal.ID  // attempts it has, in order
}

// Stats are the core's counters.
type Stats struct {
	Pending, Dispatched, Running, Canceling int    // tasks that have not ended
	Workers, Away, Sessions                 int    // live workers, those awaited, clients
	Submitted, Done, Failed, Canceled       uint64 // since this start
	Attempts, Lost                          uint64
	Refused                                 uint64
}

// ProgressInfo is what a running attempt has last said of itself. Volatile.
type ProgressInfo struct {
	Attempt  uint32
	Fraction float32 // 0..1, negative if unknown
	Text     string
	Pairs    []string // name=value
}

// Stats returns the counters.
func (b *Broker) Stats() Stats {
	s := b.stats
	for _, w := range b.workers {
		if w.live {
			s.Workers++
		} else {
			s.Away++
		}
	}
	s.Sessions = len(b.sessions)
	return s
}

// ClientOf names the client that speaks on a connection, as limits do; without one, the
// connection is its own client.
func (b *Broker) ClientOf(from wire.Peer) string {
	if s := b.sessionsByPeer[from]; s != nil {
		return journal.ClientName(s.id)
	}
	return from.Route
}

// Workers lists the workers that are known, by name.
func (b *Broker) Workers(now Instant) []WorkerInfo { return b.WorkersAfter(now, "", len(b.workers)) }

// WorkersAfter lists up to most of the known workers, by name, beginning behind the one of
// that name.
func (b *Broker) WorkersAfter(now Instant, name string, most int) []WorkerInfo {
	list := make([]WorkerInfo, 0, min(most, len(b.workers)))
	for _, w := range b.sortedWorkers() {
		if w.name > name && len(list) < most {
			list = append(list, w.info(now))
		}
	}
	return list
}

func (w *worker) info(now Instant) WorkerInfo {
	info := WorkerInfo{
		Name: w.name, Slots: w.slots, Busy: w.attempts.len, Live: w.live, Draining: w.draining,
		Heard: now.Mono - w.heard, Since: now.Mono - w.since, Services: slices.Clone(w.services),
		Labels: w.offer.Labels, Total: w.offer.Resources, Left: slices.Clone(w.left),
	}
	if w.peer.Dialect != wire.DialectNone {
		info.Dialect = w.peer.Dialect.String()
	}
	for t := w.attempts.head; t != nil; t = t.next {
		info.Tasks = append(info.Tasks, t.ID)
	}
	return info
}

// Progress returns the last words of those tasks whose current attempt has said
// something. It takes time with the number of the IDs.
func (b *Broker) Progress(ids []journal.ID) map[journal.ID]ProgressInfo {
	said := make(map[journal.ID]ProgressInfo)
	for _, id := range ids {
		if t := b.tasks.get(id); t != nil && !t.folded() && t.Active() && t.word != nil {
			said[id] = t.said()
		}
	}
	return said
}

// said returns what the current attempt has said last.
func (t *task) said() ProgressInfo {
	if t.word == nil {
		return ProgressInfo{}
	}
	return ProgressInfo{t.word.Attempt, t.word.Fraction, t.word.Text, t.word.Pairs}
}
