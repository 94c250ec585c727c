package bolt

import (
	"slices"
	"time"

	"bcp/journal"
)

const (
	// settleRecords is from how many records on the log is settled: so many that most short
	// tasks have ended by then, but so few that a read waits for it some milliseconds at most.
	settleRecords = 8192

	// settleAfter is how long records are at most in the log alone.
	settleAfter = 250 * time.Millisecond
)

// settleSoon has the generation settled if that is due, or later.
func (s *Store) settleSoon() error {
	a := s.ahead
	a.mu.Lock()
	due := a.now.n >= a.step
	starts := (due || a.now.much) && a.beside != nil && !a.settles
	a.settles = a.settles || starts
	if a.timer == nil && a.timed {
		a.timer = time.AfterFunc(settleAfter, func() { _ = s.aside(s.settleLocked)() })
	}
	a.mu.Unlock()
	switch {
	case starts:
		a.beside(s.aside(s.turnLog), s.aside(s.bringTurned))
	case due && a.beside == nil:
		return s.settle()
	}
	return nil
}

// inBackground settles beside commits. What fails is noted, see aside.
func inBackground(turn, bring func() error) { go func() { _ = andThen(turn(), bring) }() }

// aside returns a part of a settling for which nobody waits. That it has failed is told by the
// next commit, by Room, or if neither comes any more by Close.
func (s *Store) aside(do func() error) func() error {
	return func() error {
		well := s.failed.Load() == nil
		err := s.whileOpen(do)
		if err != nil && well {
			s.untold.Store(true)
		}
		return err
	}
}

// settle brings into the tables all that is in the log alone.
func (s *Store) settle() error { return s.whileOpen(s.settleLocked) }

// whileOpen does a part of a settling, or all of it. Who wants it when the store is closed is
// late.
func (s *Store) whileOpen(do func() error) error {
	s.settling.Lock()
	defer s.settling.Unlock()
	if s.closed {
		return nil
	}
	return do()
}

// settleLocked is settle for who holds settling.
func (s *Store) settleLocked() error {
	if s.ahead == nil {
		return nil
	}
	return s.commitLocked(nil, pruning{})
}

// turnLog is the first part of a settling: it has commits go to the next generation. One of
// which that is done already is settled before: each half of the log has one. It is for who
// holds settling, and so is bring.
func (s *Store) turnLog() error {
	if err := s.bringTurned(); err != nil {
		return err
	}
	s.ahead.take()
	return nil
}

// bringTurned is the second part: it brings into the tables what commits went to before, unless
// somebody else has done so meanwhile.
func (s *Store) bringTurned() error { return s.bring(nil, pruning{}) }

// bring is bringTurned with records behind that, and pruning.
func (s *Store) bring(records []journal.Record, p pruning) error {
	g := s.ahead.before
	if g == nil {
		return nil
	}
	g.pruning.add(p)
	err := s.commitPruned(append(slices.Clip(g.records), records...), g.pruning, g.last)
	if err != nil && g.n > 0 {
		return err
	}
	s.ahead.settled()
	return err
}

// settleLast is settle for the end, and ends the log. After a failure what is in the log stays
// there, for the next opening. Who closes is told of one that nobody knows of.
func (s *Store) settleLast() error {
	var err error
	switch {
	case s.failed.Load() == nil:
		err = s.settle()
	case s.untold.Load():
		err = s.failure()
	}
	s.settling.Lock()
	defer s.settling.Unlock()
	first := !s.closed
	s.closed = true
	if s.ahead == nil || !first {
		return err
	}
	s.ahead.stop()
	return andThen(err, s.endLog)
}

// alone runs fn while nothing is in the log and nobody commits. Who calls it sees to it that
// no commit begins meanwhile.
func (s *Store) alone(fn func() error) error {
	s.settling.Lock()
	defer s.settling.Unlock()
	if err := s.settleLocked(); err != nil {
		return err
	}
	if s.ahead != nil {
		s.ahead.commits.Lock()
		defer s.ahead.commits.Unlock()
	}
	return fn()
}

// stop has nothing be settled later on.
func (a *ahead) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.timer != nil {
		a.timer.Stop()
	}
}

// take has the generation be settled next, and commits go to another one. It waits for one
// that is under way.
func (a *ahead) take() {
	a.commits.Lock()
	defer a.commits.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settles = false
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
	a.before, a.now, a.spare = a.now, a.spare, nil
	if a.before.n > 0 {
		a.log.Turn()
	}
}

// settled takes in that the generation is in the tables.
func (a *ahead) settled() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spare, a.before = a.before.empty(), nil
	a.count++
}

// catchUp is settle for who is going to read the tables.
func (s *Store) catchUp() error {
	return s.catchUpIf(func(g *generation) bool { return g.n > 0 })
}

// catchUpOn is catchUp for who is going to read what begins or ends with a task.
func (s *Store) catchUpOn(id journal.ID) error {
	return s.catchUpIf(func(g *generation) bool { return g.tasks[id].edge })
}

// catchUpSaved is catchUp for who is going to read a task's checkpoint.
func (s *Store) catchUpSaved(id journal.ID) error {
	return s.catchUpIf(func(g *generation) bool { return g.tasks[id].edge || g.tasks[id].saved })
}

// catchUpWith is catchUp for who is going to read all of a task.
func (s *Store) catchUpWith(id journal.ID) error {
	return s.catchUpIf(func(g *generation) bool { _, has := g.tasks[id]; return has })
}

// catchUpKey is catchUp for who is going to read whose a client's key is.
func (s *Store) catchUpKey(key string) error {
	return s.catchUpIf(func(g *generation) bool { return g.keys[key] })
}

// catchUpIf settles if one of the generations that are not in the tables has something.
func (s *Store) catchUpIf(it func(*generation) bool) error {
	if s.ahead == nil || !s.ahead.has(it) {
		return nil
	}
	return s.settle()
}
