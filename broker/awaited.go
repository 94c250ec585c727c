package broker

import (
	"slices"

	"bcp/journal"
)

// A member that has not started has no place in memory but while somebody waits for
// it. Who waits for a million of them must not make a million places.
const (
	// awaitedMax bounds the members that have not started and that one session waits
	// for. More are refused: their turn comes when others have started.
	awaitedMax = 1 << 14

	// awaitedAllMax bounds them for all sessions together, each of which counts by
	// itself: some 200 MiB.
	awaitedAllMax = 1 << 18
)

// expectFor is expect for a session; false if it, or all of them, wait for too many
// members that have not started.
func (b *Broker) expectFor(s *session, id journal.ID) (t *task, ok bool) {
	if t = b.expected(id); t != nil && t.State != 0 || s.awaits[id] != nil {
		return t, true
	}
	if g, _ := b.startable(id); g == nil {
		return nil, true
	}
	if len(s.awaits) >= awaitedMax || b.awaitedBy >= awaitedAllMax {
		return nil, false
	}
	t = b.expect(id)
	if s.awaits == nil {
		s.awaits = make(map[journal.ID]*task)
	}
	s.awaits[id] = t
	b.awaitedBy++
	return t, true
}

// noLongerAwaited takes in that a member has started, or has ended without.
func (b *Broker) noLongerAwaited(t *task) {
	for _, w := range t.watchers {
		if w.session.awaits[t.ID] != nil {
			delete(w.session.awaits, t.ID)
			b.awaitedBy--
		}
	}
}

// stopAwaiting forgets what a session that is over has waited for alone.
func (b *Broker) stopAwaiting(s *session) {
	for _, t := range s.awaits { // in any order: nobody is told
		t.watchers = slices.DeleteFunc(t.watchers, func(w watcher) bool { return w.session == s })
		b.forgetAwaited(t)
	}
	b.awaitedBy -= len(s.awaits)
	s.awaits = nil
}

// forgetAwaited forgets a member that has not started and that nobody waits for any more.
func (b *Broker) forgetAwaited(t *task) {
	if g, _ := b.groupOf(t.ID); g != nil && len(t.watchers) == 0 && len(t.dependents.tasks) == 0 {
		delete(g.awaited, t.ID)
	}
}
