package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// checkpoint journals the state that an attempt saves for the next one. A
// repetition, or one that a later one has overtaken, changes nothing; the state
// that it is acknowledged for is in the journal, or a later one. One that the disk
// can't hold is not taken in: the worker repeats it.
func (b *Broker) checkpoint(now Instant, from wire.Peer, m *wire.Checkpoint) {
	t := b.heldBy(now, from, m.Ref)
	if t == nil {
		return
	}
	if isNews(t.Checkpoint, m) {
		if !b.holds(len(m.State)) {
			return
		}
		b.space.taken += int64(len(m.State))
		b.record(now, journal.Record{
			Task: t.ID, Kind: journal.KindCheckpoint, Attempt: t.Attempt, Worker: t.Worker, Seq: m.Seq, Payload: m.State,
		})
		t.spoken(now)
	}
	b.send(from, &wire.CheckpointAck{Ref: m.Ref, Seq: m.Seq})
}

// isNews tells whether a checkpoint of the current attempt is later than the
// task's last one.
func isNews(last *journal.Checkpoint, m *wire.Checkpoint) bool {
	return last == nil || m.Attempt > last.Attempt || m.Seq > last.Seq
}
