package zmq

import (
	"errors"

	"bcp/broker/wire"
)

// Sender sends a peer's messages over a Dealer, in order and many at a time. What
// finds the socket's queue full waits for the next Flush: whoever repeats a message
// does it seconds later. It belongs to the Dealer's goroutine.
type Sender struct {
	dealer  *Dealer
	dialect wire.Dialect
	failed  func(error)

	queue  []wire.Message // what has not left
	places []int          // in it, of what is posted
	frames [][]byte       // of the message posted last
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
	for i, m := range s.queue {
		if left, ok := s.post(i, m); !ok {
			s.drop(left)
			return
		}
	}
	left, ok := s.push()
	if ok {
		left = len(s.queue)
	}
	s.drop(left)
}

// post posts the message at a place of the queue, or sends it if it has no room
// with others. If there is no room for it, or for one before it, it returns how
// many of the queue's messages have left.
func (s *Sender) post(i int, m wire.Message) (left int, ok bool) {
	frames, err := wire.Encode(s.frames, s.dialect, m)
	if err != nil {
		s.failed(err)
		return 0, true
	}
	s.frames = frames
	if s.dealer.Post(frames) {
		s.places = append(s.places, i)
		return 0, true
	}
	if left, ok := s.push(); !ok {
		return left, false
	}
	err = s.dealer.Send(frames)
	if err != nil && !errors.Is(err, ErrCongested) {
		s.failed(err)
		err = nil
	}
	return i, err == nil
}

// push sends what is posted. If not all of it has left, it returns how many of the
// queue's messages have.
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
