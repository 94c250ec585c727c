package server

import (
	"fmt"
	"time"

	"bcp/broker"
	"bcp/journal"
)

const (
	// lookEvery is how old what is known of the disk may be when messages are taken
	// in: others fill it and clear it as well.
	lookEvery = 250 * time.Millisecond

	// lookAfter is how old it may be after a commit: a look takes some microseconds, and
	// the core counts what it accepts meanwhile.
	lookAfter = 10 * time.Millisecond

	// tightRecords is how many records a batch has while the disk is full: a commit
	// needs room for each page that it changes, until it is over.
	tightRecords = 64
)

// space says when to look at the journal's disk again.
type space struct {
	full   bool
	lost   bool
	looked time.Duration
}

// stale tells whether what is known of the disk is older than that.
func (s *Server) stale(age time.Duration) bool { return time.Since(s.started)-s.space.looked >= age }

// look tells the core what room there is, if that was not done for a while: also where
// nobody watches, for the journal may let go of files when the disk is short. It needs
// that no commit is under way.
func (s *Server) look() error {
	if s.flight != nil || !s.stale(lookEvery) && s.staging.claims.left == (broker.Claim{}) {
		return nil
	}
	r, err := s.store.Room()
	if err != nil {
		return fmt.Errorf("look for room for the journal: %w", err)
	}
	s.see(r, s.settled)
	s.staging.claims.looked()
	return nil
}

// see gives the core what was seen of the disk after a commit.
func (s *Server) see(r journal.Room, taken int64) {
	s.core.Room(r, taken)
	was, seen := s.space, s.core.Space()
	is := space{full: seen.Full, lost: seen.Lost, looked: time.Since(s.started)}
	s.space = is
	switch db := s.cfg.Core.Journal; {
	case is.full == was.full && is.lost == was.lost:
	case is.lost:
		s.log.Error("journal's file has been moved or removed: new tasks are refused; put it back, or save all with bcp-ctl journal backup before the broker ends", "db", db)
	case is.full:
		s.log.Warn("disk is full: new tasks are refused", "db", db, "free", r.Free, "reserve", r.Reserve)
	case was.lost:
		s.log.Info("journal's file is back: new tasks are accepted", "db", db)
	default:
		s.log.Info("disk has room again: new tasks are accepted", "db", db, "free", r.Free)
	}
}

// crowded tells that the next batch has as much as it may have, with what the core has
// for it.
func (s *Server) crowded() bool {
	records, sends := s.core.Gathered()
	records, sends = records+len(s.next.records), sends+len(s.next.sends)
	return records >= batchRecords || sends >= batchSends || s.next.bytes >= batchBytes ||
		s.space.full && records >= tightRecords
}
