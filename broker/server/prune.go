package server

import (
	"errors"
	"fmt"
	"time"

	"bcp/journal"
)

const (
	// pruneEvery is how often to look for tasks that have been kept long enough.
	pruneEvery = 10 * time.Second

	// A step looks at twice as many tasks as have ended since the last one, so
	// that pruning keeps up; but at no more than delays a commit by little.
	pruneMin = 256
	pruneMax = 2048
)

// pruner says when to forget ended tasks: in small steps between two commits, in
// proportion to the tasks that end.
type pruner struct {
	ended  int           // tasks since the last step
	at     time.Duration // of the next step, if no tasks end
	limit  int           // of the step under way; 0 if there is none
	more   bool          // the last step left some
	yields bool          // a step is over, and no commit has had its turn yet
	off    bool          // the broker stops
}

func (p *pruner) note(records []journal.Record) {
	for i := range records {
		if records[i].Kind == journal.KindEnd {
			p.ended++
		}
	}
}

// due tells whether to take a step now. Idle tells that nothing waits for a commit.
func (p *pruner) due(now time.Duration, idle bool) bool {
	if p.off || p.yields && !idle {
		return false
	}
	return p.more || p.ended >= pruneMin || now >= p.at
}

// landed takes in that a commit is over, or a step.
func (p *pruner) landed(l landing, now time.Duration) {
	p.yields = p.limit > 0
	if p.limit > 0 {
		p.more = l.pruned == p.limit
		p.at = now + pruneEvery
		p.limit = 0
	}
}

// startPrune takes a step beside the loop.
func (s *Server) startPrune() {
	limit := min(max(2*s.prune.ended, pruneMin), pruneMax)
	if s.space.full {
		limit = tightRecords
	}
	s.prune.ended, s.prune.limit = 0, limit
	keep := s.cfg.retention(s.cfg.Wall())
	flight := make(chan landing, 1)
	s.flight = flight
	go func() {
		n, err := s.store.Prune(keep, limit)
		flight <- landing{pruned: n, err: s.pruneError(err)}
	}()
}

// retention is what the configuration says of how long things are kept.
func (c *Config) retention(now time.Time) journal.Retention {
	return journal.Retention{
		NowMS: now.UnixMilli(), EndedMS: c.KeepEnded.Milliseconds(), Ended: c.KeepCount, Asked: c.KeepAsked,
		KeysMS: c.KeepKeys.Milliseconds(), Keys: c.KeepKeysCount,
	}
}

// pruneError tells whether to stop for an error of Prune: not for a damaged task
// among those that have ended, which is left where it is.
func (s *Server) pruneError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, journal.ErrCorrupt) {
		s.log.Error("ended tasks cannot all be pruned", "error", err)
		return nil
	}
	return fmt.Errorf("prune the journal: %w", err)
}
