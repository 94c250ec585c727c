package server

import (
	"bytes"
	"context"
	"errors"
	"math"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/broker/zmq"
)

// never is a deadline that no process lives to see.
const never = time.Duration(math.MaxInt64)

// turn takes in what there is, does what is due, moves the effects on and waits
// for the next event.
func (s *Server) turn(ctx context.Context) error {
	if err := s.look(); err != nil {
		return err
	}
	s.rejudge()
	if !s.crowded() {
		if err := s.takeIn(); err != nil {
			return err
		}
	}
	if err := s.settle(); err != nil {
		return err
	}
	if s.broken != nil {
		return s.broken
	}
	return s.wait(ctx)
}

// takeIn takes in what there is, and what the last turns have left over, by turns first, and
// does what is due. While nothing is taken in for what waits to be written, or for what was
// left over, only that is done which hangs on no word of a peer's.
func (s *Server) takeIn() error {
	if s.staging.first = !s.staging.first; s.staging.first {
		s.resume()
	}
	deaf := s.crowded() || s.staging.full()
	drained, err := s.intake()
	if err != nil {
		return err
	}
	s.resume()
	if deaf || s.lag.tickNow(drained, time.Since(s.started)) {
		s.core.Deaf(deaf)
		s.tick()
	}
	return nil
}

// lag is since when messages have been waiting that a turn didn't get to.
type lag struct {
	behind bool
	since  time.Duration
	taken  time.Duration // when messages were taken in last
}

// tickNow tells a turn that takes in messages whether to do what is due. After a stall, of
// the disk or of the whole process, peers look silent whose heartbeats are still to be taken
// in: so what waits comes first, within a limit.
func (l *lag) tickNow(drained bool, now time.Duration) bool {
	if drained || !l.behind || now-l.taken >= tickDelayMax {
		*l = lag{behind: !drained, since: now}
	}
	l.taken = now
	return drained || now-l.since >= tickDelayMax
}

// tick lets the core do what is due.
func (s *Server) tick() {
	now := s.now()
	if at, ok := s.core.NextDeadline(); ok && at <= now.Mono {
		s.core.Tick(now)
	}
	if len(s.lanes) > 0 && now.Mono-s.swept >= sweepEvery {
		s.swept = now.Mono
		s.sweepLanes()
	}
}

// intake steps the messages that have arrived, up to a limit, and tells whether
// these were all.
func (s *Server) intake() (drained bool, err error) {
	now := s.now()
	for range intakeMax {
		if s.crowded() || s.staging.full() {
			return false, nil
		}
		route, frames, err := s.router.Recv(s.frames[:0])
		switch {
		case errors.Is(err, zmq.ErrEmpty):
			return true, nil
		case err != nil && !errors.Is(err, zmq.ErrTooManyFrames):
			return false, err
		}
		s.step(now, route, frames, err)
		if sizeOf(frames) >= gatherBytes {
			s.gather()
		}
		clear(frames) // the message keeps what it needs of them
		s.frames = frames
	}
	return false, nil
}

func sizeOf(frames [][]byte) (size int) {
	for _, f := range frames {
		size += len(f)
	}
	return size
}

// step gives a message to the core, or those of a bundle. Cut tells that the message
// had more frames than these.
func (s *Server) step(now broker.Instant, route string, frames [][]byte, cut error) {
	dialect, bundled := wire.IsBundle(frames)
	if !bundled || cut != nil {
		s.stepOne(now, route, frames, cut)
		return
	}
	peer := wire.Peer{Dialect: dialect, Route: route}
	s.bundles.learn(peer)
	if err := wire.Unbundle(frames, func(one [][]byte) { s.stepOne(now, route, one, nil) }); err != nil {
		s.core.Malformed(now, peer, err)
	}
}

// stepOne decodes one message and gives it to the core.
func (s *Server) stepOne(now broker.Instant, route string, frames [][]byte, cut error) {
	dialect, m, err := s.in.Decode(frames, wire.ToBroker)
	peer := wire.Peer{Dialect: dialect, Route: route}
	if cut != nil {
		err = wire.Errorf(wire.CodeMalformed, "message has more than %d frames", wire.MaxFrames)
	}
	if err == nil {
		detach(m)
		s.take(now, peer, m, frames)
		return
	}
	s.log.Debug("message refused", "peer", peer, "error", err)
	if dialect == wire.DialectNone {
		s.stranger(now.Mono, err)
	}
	if refusal := (*wire.Error)(nil); errors.As(err, &refusal) {
		s.core.Malformed(now, peer, refusal)
	}
}

// detach gives the bodies of a batch memory of their own. They came in one frame,
// which the last of them in the cache would keep whole.
func detach(m wire.Message) {
	batch, ok := m.(*wire.SubmitBatch)
	if !ok {
		return
	}
	for i := range batch.Submits {
		batch.Submits[i].Body = bytes.Clone(batch.Submits[i].Body)
	}
}

// wait blocks until there is something to do.
func (s *Server) wait(ctx context.Context) error {
	readable, calls := s.router.Readable(), s.calls
	if s.crowded() || s.staging.full() {
		readable = nil
	}
	if s.crowded() {
		calls = nil
	}
	s.setAlarm()
	select {
	case <-readable:
	case call := <-calls:
		err := s.look() // this turn may have begun long ago
		call()
		return err
	case l := <-s.flight:
		return s.land(l)
	case err := <-s.guarded:
		return err
	case <-s.alarm.C:
	case <-ctx.Done():
	}
	return nil
}

// setAlarm makes the timer ring at the next deadline, the core's or the pruner's, and at
// once for what was left over; what cannot be done before the flight has landed needs none.
func (s *Server) setAlarm() {
	now, at := time.Since(s.started), never
	if due, ok := s.core.NextDeadline(); ok && !s.crowded() {
		at = due
	}
	if s.staging.claims.freed || len(s.staging.late) > 0 && !s.crowded() {
		at = now
	}
	if s.flight == nil {
		at = min(at, s.prune.at)
		if s.space.full {
			at = min(at, s.space.looked+lookEvery)
		}
	}
	s.alarm.Reset(max(at-now, 0))
}

// finish commits what is in hand, tells the peers that the broker leaves, and
// delivers all that.
func (s *Server) finish() error {
	s.core.Stop(s.now())
	s.prune.off = true
	for {
		if err := s.settle(); err != nil {
			return err
		}
		if s.flight == nil {
			return nil
		}
		if err := s.land(<-s.flight); err != nil {
			return err
		}
	}
}

// close ends everything but the store, for which no commit is under way then.
func (s *Server) close(failed bool) error {
	if s.flight != nil {
		<-s.flight
	}
	s.failed = failed
	close(s.stopped)
	close(s.asked)
	s.beside.Wait()
	s.alarm.Stop()
	return errors.Join(s.router.Close(), s.guard.close())
}
