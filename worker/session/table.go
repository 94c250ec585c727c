package session

import (
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

const (
	// tableSpare is how many ended attempts may wait for their acknowledgement
	// beside those that run; as many as there are slots, if these are more: the
	// acknowledgements of all may be lost with a connection.
	tableSpare = 1024
	// fenceSize is how many tasks are remembered after their attempts are gone,
	// or twice the slots: more than can be on their way to this worker. Each task looks
	// into it, so that it should fit into a processor's caches.
	fenceSize = 64
)

// attempt is what the worker knows of one attempt. The messages about it are
// part of it, so that a task costs one allocation here; once sent they do not
// change.
type attempt struct {
	begun   wire.Begun
	outcome wire.Outcome // from PhaseEnded on
	phase   wire.Phase
	started bool          // it has been running, whatever it is now
	stopped wire.Verdict  // what a failure is reported as once a stop was asked for, or 0
	sent    time.Duration // when the outcome was last sent
	index   int           // in table.list
	word    word
	wants   *[errands]errand // nil until it wants something
}

func (a *attempt) ref() wire.Ref { return a.begun.Ref }

// table holds the attempts. The list gives them an order that depends on
// nothing but what happened, which a map does not have.
type table struct {
	byRef  map[wire.Ref]*attempt
	list   []*attempt
	active int // not ended
	max    int
}

func newTable(max int) table { return table{byRef: map[wire.Ref]*attempt{}, max: max} }

func (t *table) full() bool { return len(t.list) >= t.max }

func (t *table) add(ref wire.Ref) *attempt {
	a := &attempt{begun: wire.Begun{Ref: ref}, phase: wire.PhaseTaken, index: len(t.list)}
	t.byRef[ref] = a
	t.list = append(t.list, a)
	t.active++
	return a
}

// remove forgets an attempt that has ended; the last one takes its place.
func (t *table) remove(a *attempt) {
	delete(t.byRef, a.ref())
	last := len(t.list) - 1
	t.list[a.index] = t.list[last]
	t.list[a.index].index = a.index
	t.list[last] = nil
	t.list = t.list[:last]
}

func (t *table) inventory() []wire.Item {
	if len(t.list) == 0 {
		return nil
	}
	items := make([]wire.Item, len(t.list))
	for i, a := range t.list {
		items[i] = wire.Item{Ref: a.ref(), Phase: a.phase}
	}
	return items
}

// fence remembers the newest attempt of the tasks that were last seen, so that
// a dispatch that comes late or twice is not run.
type fence struct {
	newest map[journal.ID]uint32
	ring   []journal.ID // in order of arrival; the oldest is overwritten
	next   int
}

func newFence(size int) fence {
	return fence{newest: make(map[journal.ID]uint32, size), ring: make([]journal.ID, 0, size)}
}

// admit tells whether no such attempt, and no newer one, was seen; now it has been.
func (f *fence) admit(ref wire.Ref) bool {
	newest, known := f.newest[ref.Task]
	if known && ref.Attempt <= newest {
		return false
	}
	f.newest[ref.Task] = ref.Attempt
	if !known {
		f.remember(ref.Task)
	}
	return true
}

// remember puts a task into the ring, and forgets the oldest if that is full.
func (f *fence) remember(task journal.ID) {
	if len(f.ring) < cap(f.ring) {
		f.ring = append(f.ring, task)
		return
	}
	delete(f.newest, f.ring[f.next])
	f.ring[f.next] = task
	f.next = (f.next + 1) % len(f.ring)
}
