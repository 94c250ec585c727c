package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// What is accepted is to be ended, also when the disk is full. So a part of it is
// kept: new tasks are refused before they would touch that, and from the last of
// it only those words are journaled that are short.
//
//	free on the disk, and in the journal's file
//	+---------------------+------------------+---------------------------+-----------+
//	| new tasks           | the ends of all  | results, checkpoints      | the rest: |
//	|                     | that have not    |                           | starts,   |
//	|                     | ended            |                           | cancels … |
//	+---------------------+------------------+---------------------------+-----------+
//	                       endBytes each      \------- the reserve ------------------/
//
// The room is looked at again and again. What was accepted since is counted.
const (
	// taskBytes is what a task takes of the journal, beside its body and what is
	// asked for in words: its row, its key's entry, its place in the indexes.
	taskBytes = 1 << 10

	// endBytes is what is written of a task from its dispatch to its end, beside its
	// result.
	endBytes = 512

	// shortBytes is how long a result may be that is always taken in: it fits into
	// what is kept for an end.
	shortBytes = 256

	// rowBytes is how long a payload may be that goes into a page with others. A
	// longer one needs pages that follow each other.
	rowBytes = 1 << 10

	// lastParts is how much of the reserve is kept from results: one part of so many.
	lastParts = 4
)

// space is what is known of the journal's disk.
type space struct {
	journal.Room
	taken int64 // bytes, since the start, by what was accepted
	seen  int64 // of these, those that the Room shows
}

// Room takes in how much the journal can still take. Taken is Effects.Taken of the last
// effects that had been committed when the disk was looked at.
func (b *Broker) Room(r journal.Room, taken int64) {
	b.space.Room, b.space.seen = r, taken
}

// left is how much of what there was at the last look can still be written, if so many
// bytes are to be left.
func (s *space) left(there, leave int64) int64 { return there - leave - (s.taken - s.seen) }

// kept is how much is kept for what was accepted.
func (b *Broker) kept() int64 {
	s := &b.stats
	return b.space.Reserve + endBytes*int64(s.Pending+s.Dispatched+s.Running+s.Canceling)
}

// Space is how the journal's disk stands.
type Space struct {
	Watched bool  // free and kept are 0 if it isn't
	Free    int64 // bytes that can be written
	Kept    int64 // of these, those that new tasks can't have
	Full    bool  // not even a small new task is accepted
	Lost    bool  // for the journal's file has been moved or removed
}

// Space tells how the journal's disk stands.
func (b *Broker) Space() Space {
	s := &b.space
	is := Space{Watched: s.Watched(), Full: b.checkSpace(small) != nil, Lost: s.Lost}
	if is.Watched {
		is.Free, is.Kept = max(s.left(s.Free, 0), 0), b.kept()
	}
	return is
}

// small is the weight of a task that asks for little.
var small = weight{bytes: taskBytes, unfinished: 1}

// weight is what new tasks take of the journal.
type weight struct {
	bytes      int64 // with their bodies
	unfinished int64 // tasks and members that will have to be ended
	largest    int64 // body
}

// add adds a task, with so many members that are journaled with it.
func (w *weight) add(m *wire.Submit, members int) {
	size := sizeOf(m)
	w.bytes += size + int64(members)*(size-int64(len(m.Body)))
	w.unfinished += 1 + int64(m.Spec.Members()) + int64(members)
	w.largest = max(w.largest, int64(len(m.Body)))
}

// sizeOf is what a new task takes of the journal. A body that is a file of its own
// is on the disk already.
func sizeOf(m *wire.Submit) int64 {
	s := m.Spec
	bytes := taskBytes + len(m.Body) + 2*len(s.Key) + len(s.Array) + len(s.Where) + len(s.Prefer)
	for _, list := range [][]string{s.Argv, s.Labels, s.Resources, s.LimitKeys, s.FatalClasses} {
		for _, text := range list {
			bytes += len(text)
		}
	}
	return int64(bytes)
}

// checkSpace tells why the disk can't take new tasks. A start would not find them where the
// journal's file is lost.
func (b *Broker) checkSpace(w weight) *wire.Error {
	s := &b.space
	if s.Lost {
		return wire.Errorf(wire.CodeDiskFull, "the file of journal %s has been moved or removed under the broker: submit again when it is back", b.cfg.Journal)
	}
	if !s.Watched() {
		return nil
	}
	free, kept := s.Free, b.kept()
	switch {
	case s.left(free, kept) < w.bytes+w.unfinished*endBytes:
	case w.largest > rowBytes && !b.holdsBeside(w.largest):
		free, kept = s.Whole, s.Reserve
	default:
		return nil
	}
	return wire.Errorf(wire.CodeDiskFull, "the disk of %s has %s left, and %s are kept for the ends of what was accepted: submit again when there is room",
		b.cfg.Journal, journal.SizeText(max(s.left(free, 0), 0)), journal.SizeText(kept))
}

// holds tells whether a result or checkpoint of so many bytes can be written.
func (b *Broker) holds(bytes int) bool {
	s, there := &b.space, b.space.Free
	if bytes > rowBytes {
		there = s.Whole
	}
	return !s.Watched() || bytes <= shortBytes || s.left(there, s.Reserve/lastParts) >= int64(bytes)
}

// stored returns what is taken in of an outcome, and counts it: nothing if the disk
// can't hold it. Its worker repeats it; one of BCP/1 can't, so its attempt has failed.
func (b *Broker) stored(from wire.Peer, m *wire.Outcome) *wire.Outcome {
	switch size := len(m.Payload) + len(m.Text); {
	case b.holds(size):
		b.space.taken += int64(size)
		return m
	case from.Dialect == wire.BCP1Worker:
		return &wire.Outcome{Ref: m.Ref, Verdict: wire.VerdictFailed, Text: "the broker's disk has no room for the result"}
	}
	return nil
}

// Claim is the room that messages will need which the core has not heard of yet.
type Claim struct {
	Tasks int // that are new
	Bytes int // of payloads
}

// Add adds what other messages want.
func (c *Claim) Add(o Claim) { c.Tasks, c.Bytes = c.Tasks+o.Tasks, c.Bytes+o.Bytes }

// Sub takes out what other messages want.
func (c *Claim) Sub(o Claim) { c.Tasks, c.Bytes = c.Tasks-o.Tasks, c.Bytes-o.Bytes }

// weight is what the tasks of a claim take of the journal.
func (c Claim) weight() weight {
	bytes, tasks := int64(c.Bytes), int64(c.Tasks)
	return weight{bytes: bytes + tasks*taskBytes, unfinished: tasks, largest: bytes}
}

// Holds tells whether there is room on the disk for a message whose payloads are written
// before the core hears of it, together with the messages ahead of it. It compares with
// what is free now: tasks that are accepted already may still use some of that.
func (b *Broker) Holds(c, ahead Claim) bool {
	forTasks := c.Tasks > 0
	if c.Add(ahead); !forTasks {
		return b.holdsBeside(int64(c.Bytes))
	}
	return b.checkRoom(c.Tasks, c.weight()) == nil
}

// holdsBeside tells whether payloads of so many bytes can be written beside the journal. What
// is set aside is in its file: there the core may still take in results.
func (b *Broker) holdsBeside(bytes int64) bool {
	s := &b.space
	return !s.Watched() || s.left(s.Whole, s.Reserve) >= bytes
}
