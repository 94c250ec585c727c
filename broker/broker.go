package broker

import (
	"io"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// Broker is the state machine. It is not safe for concurrent use: one loop owns it.
type Broker struct {
	cfg     Config
	archive Archive
}

// New makes a broker without tasks. Entropy feeds the ULIDs; last is the highest
// ID that the journal has given (journal.Meta.Last).
func New(cfg Config, archive Archive, entropy io.Reader, last journal.ID) *Broker {
	return &Broker{cfg: cfg, archive: archive}
}

// Restore applies the records of one task that has not ended. Call it for every
// such task, in order of ID, before Open.
func (b *Broker) Restore(id journal.ID, records []journal.Record) error { return nil }

// Open starts the clocks of what was restored: every attempt now waits for its
// worker to come back.
func (b *Broker) Open(now Instant) {}

// Step takes in a message from a peer.
func (b *Broker) Step(now Instant, from wire.Peer, m wire.Message) {}

// Malformed takes in frames that were no message: the peer is told.
func (b *Broker) Malformed(now Instant, from wire.Peer, err *wire.Error) {}

// Undelivered takes in that a send did not leave: its peer has no connection
// any more, or doesn't read what it is sent. Either way it has lost its place
// and has to say Hello or Register again.
func (b *Broker) Undelivered(now Instant, s Send) {}

// Tick does what is due.
func (b *Broker) Tick(now Instant) {}

// NextDeadline tells when Tick has something to do, as Instant.Mono.
func (b *Broker) NextDeadline() (time.Duration, bool) { return 0, false }

// Take returns the effects since the last Take.
func (b *Broker) Take() Effects { return Effects{} }

// Committed tells that the records up to a mark are durable, and in the archive.
func (b *Broker) Committed(mark uint64) {}

// Stop refuses new tasks and dispatches nothing more; with it the workers and
// clients are told that the broker leaves.
func (b *Broker) Stop(now Instant) {}

// Stats returns the counters.
func (b *Broker) Stats() Stats { return Stats{} }

// Workers lists the workers that are known, by name.
func (b *Broker) Workers(now Instant) []WorkerInfo { return nil }

// Progress returns the last word of a running attempt.
func (b *Broker) Progress(id journal.ID) (ProgressInfo, bool) { return ProgressInfo{}, false }
