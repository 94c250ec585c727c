package session

import "bcp/broker/wire"

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
	started bool         // it has been running, whatever it is now
	stopped wire.Verdict // what a failure is reported as once a stop was asked for, or 0
	sent    sending      // the outcome's
	index   int          // in table.list
	word    word
	wants   []errand // its errands; nil until it wants something
}

func (a *attempt) ref() wire.Ref { return a.begun.Ref }

// table holds the attempts. The list gives them an order that depends on
// nothing but what happened, which a map does not have.
type table struct {
	byRef  map[wire.Ref]*attempt
	list   []*attempt
	recent *attempt // the one that was looked for last, for what comes is mostly about it; nil for none
	active int      // not ended
	max    int
}

func newTable(max int) table { return table{byRef: map[wire.Ref]*attempt{}, max: max} }

func (t *table) full() bool { return len(t.list) >= t.max }

// get returns an attempt, nil if it is not known.
func (t *table) get(ref wire.Ref) *attempt {
	if t.recent != nil && t.recent.ref() == ref {
		return t.recent
	}
	a := t.byRef[ref]
	if a != nil {
		t.recent = a
	}
	return a
}

func (t *table) add(ref wire.Ref) *attempt {
	a := &attempt{begun: wire.Begun{Ref: ref}, phase: wire.PhaseTaken, index: len(t.list)}
	t.byRef[ref] = a
	t.list = append(t.list, a)
	t.recent = a
	t.active++
	return a
}

// remove forgets an attempt that has ended; the last one takes its place.
func (t *table) remove(a *attempt) {
	delete(t.byRef, a.ref())
	if t.recent == a {
		t.recent = nil
	}
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
