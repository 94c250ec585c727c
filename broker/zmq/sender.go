package zmq

import (
	"errors"

	"bcp/broker/wire"
)

// Sender sends a peer's messages over a Dealer, in order and many at a time, in
// bundles if the broker takes them. What finds the socket's queue full waits for the
// next Flush: whoever repeats a message does it seconds later. It belongs to the
// Dealer's goroutine.
type Sender struct {
	dealer  *Dealer
	dialect wire.Dialect
	failed  func(error)

	queue  []wire.Message // what has not left
	places []int          // in it, of each message that is posted, or of its first one
	frames [][]byte       // of the message encoded last

	offers  bool // it is to say that it takes bundles
	bundles bool // the broker has sent one, so it takes them
	bundle  wire.Bundle
	first   int // in the queue, of the bundle's messages
}

// NewSender makes a Sender. Failed is called, in Flush, for a message that cannot
// be sent at all: with an *Error of wire's for one that the dialect cannot say, or
// with the socket's.
func NewSender(d *Dealer, dialect wire.Dialect, failed func(error)) *Sender {
	return &Sender{dealer: d, dialect: dialect, failed: failed}
}

// Send has the message sent by the next Flush.
func (s *Sender) Send(m wire.Message) { s.queue = append(s.queue, m) }

// Waiting tells how many messages have not left.
func (s *Sender) Waiting() int { return len(s.queue) }

// Discard forgets what waits: it was for a connection that is gone.
func (s *Sender) Discard() { s.drop(len(s.queue)) }

// Flush sends what waits, as far as there is room.
func (s *Sender) Flush() {
	if s.offers && s.dealer.Send([][]byte{wire.EmptyBundle(s.dialect)}) == nil {
		s.offers = false
	}
	left, ok := s.flush()
	if ok {
		left = len(s.queue)
	}
	s.bundle.Reset()
	s.drop(left)
}

// flush is Flush but for what becomes of the queue: if not all of it has left, it
// returns how many messages have. So do those below.
func (s *Sender) flush() (left int, ok bool) {
	for i, m := range s.queue {
		frames, err := wire.Encode(s.frames, s.dialect, m)
		if err != nil {
			s.failed(err)
			continue
		}
		s.frames = frames
		if left, ok := s.pack(i, frames); !ok {
			return left, false
		}
	}
	if left, ok := s.seal(); !ok {
		return left, false
	}
	return s.push()
}

// pack puts the message at a place of the queue into the bundle, or posts it.
func (s *Sender) pack(i int, frames [][]byte) (left int, ok bool) {
	if !s.bundles {
		return s.post(i, frames)
	}
	if !s.bundle.Empty() && s.bundle.Add(frames) {
		return 0, true
	}
	if left, ok := s.seal(); !ok {
		return left, false
	}
	if s.bundle.Add(frames) {
		s.first = i
		return 0, true
	}
	return s.post(i, frames)
}

// seal posts the bundle.
func (s *Sender) seal() (left int, ok bool) {
	if s.bundle.Empty() {
		return 0, true
	}
	left, ok = s.post(s.first, [][]byte{s.bundle.Frame()})
	s.bundle.Reset()
	return left, ok
}

// post posts a message, or sends it if it has no room with others.
func (s *Sender) post(i int, frames [][]byte) (left int, ok bool) {
	if s.dealer.Post(frames) {
		s.places = append(s.places, i)
		return 0, true
	}
	if left, ok := s.push(); !ok {
		return left, false
	}
	err := s.dealer.Send(frames)
	if err != nil && !errors.Is(err, ErrCongested) {
		s.failed(err)
		err = nil
	}
	return i, err == nil
}

// push sends what is posted.
func (s *Sender) push() (left int, ok bool) {
	ok = true
	s.dealer.Flush(func(place int, err error) {
		switch {
		case !ok:
		case errors.Is(err, ErrCongested):
			left, ok = s.places[place], false
		default:
			s.failed(err)
		}
	})
	s.places = s.places[:0]
	return left, ok
}

// drop takes the first n messages off the queue.
func (s *Sender) drop(n int) {
	rest := copy(s.queue, s.queue[n:])
	clear(s.queue[rest:])
	s.queue = s.queue[:rest]
}

// Hear calls fn with the message that has come from the broker, or with each of a
// bundle, and learns whether the broker takes bundles: it is told that its peer does
// when it has welcomed it. The error is one of wire's, for what is not understood.
func (s *Sender) Hear(frames [][]byte, fn func(wire.Message)) error {
	if _, bundled := wire.IsBundle(frames); !bundled {
		return s.hearOne(frames, fn)
	}
	s.bundles = true
	var bad error
	if err := wire.Unbundle(frames, func(one [][]byte) { bad = errors.Join(bad, s.hearOne(one, fn)) }); err != nil {
		return err
	}
	return bad
}

func (s *Sender) hearOne(frames [][]byte, fn func(wire.Message)) error {
	_, m, err := wire.Decode(frames, wire.ToPeer)
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case *wire.Welcome:
		s.offers = true
	case *wire.Refuse:
		if m.Code == wire.CodeUnsupported && m.Req == 0 {
			s.bundles = false // another broker, which does not know them
		}
	}
	fn(m)
	return nil
}
