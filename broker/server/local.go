package server

import (
	"context"
	"errors"
	"strconv"
	"sync"

	"bcp/broker"
	"bcp/broker/wire"
)

// errOverrun tells that an Ask left more messages unread than may wait for it.
var errOverrun = errors.New("too many messages wait to be read")

// Ask gives m to the core as a message of a new peer inside the process. It calls fn, in
// the caller's goroutine, with every message to that peer until fn says that it is done, or
// fails, or ctx ends. Then the peer leaves. It returns fn's error, ctx's, ErrStopped or
// ErrFailed. Run has to be under way.
func (s *Server) Ask(ctx context.Context, m wire.Message, fn func(wire.Message) (done bool, err error)) error {
	peer := wire.Peer{Dialect: wire.Local, Route: strconv.FormatUint(s.peers.Add(1), 10)}
	box := newMailbox()
	err := s.do(ctx, func() {
		s.locals[peer.Route] = box
		s.take(s.now(), peer, m, payloads(m))
	})
	if err != nil {
		return err
	}
	defer s.dismiss(peer)
	return s.read(ctx, box, fn)
}

// payloads are most of what a message has that came in no frames.
func payloads(m wire.Message) (frames [][]byte) {
	for _, p := range wire.Payloads(m) {
		frames = append(frames, *p.Bytes)
	}
	return frames
}

// dismiss lets a peer leave. It waits for the loop, so that whoever asks again
// and again cannot have more than one peer at a time.
func (s *Server) dismiss(peer wire.Peer) {
	_ = s.do(context.Background(), func() { // without a loop there is nothing to leave
		delete(s.locals, peer.Route)
		s.take(s.now(), peer, &wire.Leave{}, nil)
	})
}

// read passes the mailbox on to fn.
func (s *Server) read(ctx context.Context, box *mailbox, fn func(wire.Message) (bool, error)) error {
	for stopped := false; ; {
		messages, overrun := box.take()
		for _, m := range messages {
			if done, err := fn(m); done || err != nil {
				return err
			}
		}
		switch {
		case overrun:
			return errOverrun
		case stopped:
			return s.ending()
		}
		select {
		case <-box.filled:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.stopped:
			stopped = true // but for what is in the mailbox
		}
	}
}

// Inspect runs fn in the loop, where it may look at the core. Everything else waits
// meanwhile, and fn must not call the server. Inspect returns when what fn saw is durable;
// or with ctx's error, ErrStopped or ErrFailed. Run has to be under way.
func (s *Server) Inspect(ctx context.Context, fn func(now broker.Instant, b *broker.Broker)) error {
	durable := make(chan struct{})
	err := s.do(ctx, func() {
		fn(s.now(), s.core)
		s.gather()
		s.next.waiters = append(s.next.waiters, durable)
	})
	if err != nil {
		return err
	}
	select {
	case <-durable:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stopped:
		return s.ending()
	}
}

// do runs call in the loop and returns when it has run.
func (s *Server) do(ctx context.Context, call func()) error {
	ran := make(chan struct{})
	select {
	case s.calls <- func() { call(); close(ran) }:
		<-ran
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stopped:
		return s.ending()
	}
}

// ending tells why there is no loop any more, once stopped is closed.
func (s *Server) ending() error {
	if s.failed {
		return ErrFailed
	}
	return ErrStopped
}

// mailbox holds the messages to one Ask. The loop puts them in and never waits.
type mailbox struct {
	filled chan struct{}

	mu       sync.Mutex
	messages []wire.Message
	overrun  bool
}

func newMailbox() *mailbox { return &mailbox{filled: make(chan struct{}, 1)} }

// put tells whether the message was taken.
func (b *mailbox) put(m wire.Message) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.messages) < localQueue {
		b.messages = append(b.messages, m)
	} else {
		b.overrun = true
	}
	select {
	case b.filled <- struct{}{}:
	default: // the reader has not taken the last ones yet
	}
	return !b.overrun
}

// take empties the mailbox.
func (b *mailbox) take() (messages []wire.Message, overrun bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	messages, b.messages = b.messages, nil
	return messages, b.overrun
}
