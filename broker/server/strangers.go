package server

import "time"

// strangersEvery is how often it is logged that somebody speaks no dialect.
const strangersEvery = time.Minute

// strangers are peers that speak no dialect. They are not answered, for nobody knows how:
// only the log can tell why nothing happens.
type strangers struct {
	messages uint64        // since it was logged
	quiet    time.Duration // until then it is not logged again
}

// stranger takes in a message of one.
func (s *Server) stranger(now time.Duration, err error) {
	s.strangers.messages++
	if now < s.strangers.quiet {
		return
	}
	s.log.Warn("somebody speaks no dialect, and is not answered", "messages", s.strangers.messages, "error", err)
	s.strangers = strangers{quiet: now + strangersEvery}
}
