package server

import (
	"context"
	"time"

	"bcp/broker/wire"
)

// StageMax is how many large payloads are written at a time.
const StageMax = stageMax

// WaitLong is what the loop does when there is nothing to do, and nothing was for long.
func (s *Server) WaitLong(ctx context.Context) error {
	s.space.looked = -lookEvery
	return s.wait(ctx)
}

// StageAtMost changes how many bytes may wait to be written beside the loop.
func (s *Server) StageAtMost(ctx context.Context, bytes int) error {
	return s.do(ctx, func() { s.staging.most = bytes })
}

// StayBehind makes it so much longer ago that messages have been waiting.
func (s *Server) StayBehind(ctx context.Context, d time.Duration) error {
	return s.do(ctx, func() { s.lag.since -= d })
}

// Lanes calls fn in the loop for each peer for whom something waits, or is on its way.
func (s *Server) Lanes(ctx context.Context, fn func(peer wire.Peer, waiting, bytes int)) error {
	return s.do(ctx, func() {
		for peer, l := range s.lanes {
			fn(peer, len(l.waiting), l.bytes)
		}
	})
}
