package server

import (
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

// pruner says when to forget ended tasks: in small steps, in proportion to the tasks that
// end. A step is part of a commit, so that it costs no sync of its own; it has one to itself
// when nothing else is to be written, and on a full disk, where a commit has to be small.
type pruner struct {
	ended  int           // tasks since the last step
	at     time.Duration // of the next step, if no tasks end
	limit  int           // of the step under way; 0 if there is none
	more   bool          // the last steps left some, as far as they have told
	yields bool          // a step had a commit to itself, and no records have had their turn yet
	off    bool          // the broker stops
}

func (p *pruner) note(records []journal.Record) {
	for i := range records {
		if records[i].Kind == journal.KindEnd {
			p.ended++
		}
	}
}

// due tells whether to take a step now: on a full disk whenever tasks have ended, for who is
// forgotten for them makes room. Idle tells that nothing waits to be written.
func (p *pruner) due(now time.Duration, idle, full bool) bool {
	if p.off || p.yields && !idle {
		return false
	}
	return p.more || p.ended >= pruneMin || full && p.ended > 0 || now >= p.at
}

// landed takes in that a commit is over, or a step.
func (p *pruner) landed(l landing, now time.Duration) {
	p.yields = p.limit > 0 && l.batch.empty()
	if p.limit > 0 {
		p.more = l.pruned >= p.limit
		p.at = now + pruneEvery
		p.limit = 0
	}
}

// startPrune takes a step beside the loop, with the next batch unless the disk is full.
func (s *Server) startPrune() {
	var b batch
	if !s.space.full {
		b = s.takeNext()
	}
	keep, limit := s.cfg.retention(s.cfg.Wall()), s.pruneLimit()
	s.prune.ended, s.prune.limit = 0, limit
	s.startCommit(b, func(records []journal.Record) (int, error) {
		forgot, damage, err := s.store.CommitAndPrune(records, keep, limit)
		if damage != nil {
			s.log.Error("ended tasks cannot all be pruned", "error", damage)
		}
		return forgot, err
	})
}

// pruneLimit is how many tasks the next step looks at.
func (s *Server) pruneLimit() int {
	if s.space.full {
		return tightRecords
	}
	return min(max(2*s.prune.ended, pruneMin), pruneMax)
}

// retention is what the configuration says of how long things are kept.
func (c *Config) retention(now time.Time) journal.Retention {
	return journal.Retention{
		NowMS: now.UnixMilli(), EndedMS: c.KeepEnded.Milliseconds(), Ended: c.KeepCount, Asked: c.KeepAsked,
		KeysMS: c.KeepKeys.Milliseconds(), Keys: c.KeepKeysCount,
	}
}
