package server

import "time"

// seldomEvery is how often it is logged what may happen again and again.
const seldomEvery = time.Minute

// seldom is something that may.
type seldom struct {
	times uint64        // since it was logged
	quiet time.Duration // until then it is not logged again
}

// happens tells whether to log it, and how often it has happened since that was done.
func (s *seldom) happens(now time.Duration) (times uint64, log bool) {
	s.times++
	if now < s.quiet {
		return 0, false
	}
	times = s.times
	*s = seldom{quiet: now + seldomEvery}
	return times, true
}

// stranger takes in a message of a peer that speaks no dialect. It is not answered, for nobody
// knows how: only the log can tell why nothing happens.
func (s *Server) stranger(now time.Duration, err error) {
	if times, log := s.strangers.happens(now); log {
		s.log.Warn("somebody speaks no dialect, and is not answered", "messages", times, "error", err)
	}
}
