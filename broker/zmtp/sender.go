package zmtp

import (
	"errors"

	"bcp/broker/wire"
)

// Sender sends a peer's messages over a Dealer, in order and many at a time, in bundles if
// the broker takes them. What finds the Dealer's queue full waits for the next Flush, which
// is sooner than the peer would repeat it. It belongs to the goroutine of the Dealer.
type Sender struct {
	dealer  *Dealer
	dialect wire.Dialect
	failed  func(error)

	queue   []wire.Message // what has not left
	encoder wire.Encoder   // its heads are copied, or larger than it keeps
	decoder wire.Decoder

	offers  bool // it is to say that it takes bundles
	bundles bool // the broker has sent one, so it takes them
	bundle  wire.Bundle
}

// NewSender makes a Sender. Failed is called, in Flush, with an *Error of wire's for a
// message that the dialect cannot say.
func NewSender(d *Dealer, dialect wire.Dialect, failed func(error)) *Sender {
	return &Sender{dealer: d, dialect: dialect, failed: failed}
}

// Send has the message sent by the next Flush.
func (s *Sender) Send(m wire.Message) { s.queue = append(s.queue, m) }

// Waiting tells how many messages have not left.
func (s *Sender) Waiting() int { return len(s.queue) }

// Congested tells whether so much waits, in this queue and the Dealer's, that what is sent now
// leaves the process later. Readable does not tell when that ends, but for a queue that was
// full: the owner asks in each of its turns.
func (s *Sender) Congested() bool {
	return len(s.queue) > 0 || s.dealer.link.out.room() <= sendBytes-lateBytes
}

// Discard forgets what waits: it was for a connection that is gone.
func (s *Sender) Discard() { s.drop(len(s.queue)) }

// Flush sends what waits, as far as there is room.
func (s *Sender) Flush() {
	if s.offers && s.dealer.Send([][]byte{wire.EmptyBundle(s.dialect)}) == nil {
		s.offers = false
	}
	n := 0
	for room := 0; n < len(s.queue); n++ {
		if room <= 0 {
			room = s.dealer.link.out.room()
		}
		if room <= 0 {
			break
		}
		room -= s.pack(s.queue[n])
	}
	if s.bundle.Empty() {
		s.dealer.Flush()
	} else {
		s.dealer.link.out.putLast([][]byte{s.bundle.Frame()})
		s.bundle.Reset()
	}
	s.encoder.Forget()
	s.drop(n)
}

// pack puts a message into the bundle, or sends it alone. It returns its size in bytes.
func (s *Sender) pack(m wire.Message) (size int) {
	frames, err := s.encoder.Encode(s.dialect, m)
	if err != nil {
		s.failed(err)
		return 0
	}
	for _, f := range frames {
		size += len(f)
	}
	if s.bundles && s.bundle.Add(frames) {
		return size
	}
	s.seal()
	if !s.bundles || !s.bundle.Add(frames) {
		s.dealer.link.out.put(frames)
	}
	return size
}

// seal sends the bundle.
func (s *Sender) seal() {
	if !s.bundle.Empty() {
		s.dealer.link.out.put([][]byte{s.bundle.Frame()})
		s.bundle.Reset()
	}
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
	_, m, err := s.decoder.Decode(frames, wire.ToPeer)
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
