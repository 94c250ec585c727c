package server

import "context"

// Alone runs fn, which works on the journal's files, beside the loop. No commit and no
// prune is under way then, and none begins until fn returns. The loop goes on taking in
// messages; what comes of them waits for its commit. Alone returns fn's error or, if fn
// didn't run, ctx's, ErrStopped or ErrFailed. Run has to be under way.
func (s *Server) Alone(ctx context.Context, fn func() error) error {
	ran := make(chan error, 1)
	err := s.do(ctx, func() {
		s.alone = append(s.alone, func() { ran <- fn() })
	})
	if err != nil {
		return err
	}
	select {
	case err := <-ran:
		return err
	case <-s.stopped: // nothing runs any more
	}
	select {
	case err := <-ran:
		return err
	default:
		return s.ending()
	}
}

// startAlone takes the place of a commit for one who has to be alone.
func (s *Server) startAlone() {
	run := s.alone[0]
	s.alone = s.alone[1:]
	s.fly(func() landing {
		run()
		return landing{}
	})
}
