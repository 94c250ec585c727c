package zmq

import (
	"errors"
	"fmt"

	"github.com/pebbe/zmq4"

	"bcp/broker/wire"
)

// always is a channel that is ready for ever.
var always = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// socket is a Router's, without routes and addresses: how frames go in and out, and when.
type socket struct {
	soc     *zmq4.Socket
	in      *inbox
	out     outbox
	watcher *watcher
	wake    chan struct{}

	// drained tells that the last call into libzmq found no message: from then
	// on every arrival makes an edge, until the next call.
	drained bool
}

// open makes a socket, and sets its options.
func open(options ...func(*zmq4.Socket) error) (*socket, error) {
	soc, err := openSocket()
	if err != nil {
		return nil, err
	}
	s := &socket{soc: soc, wake: make(chan struct{}, 1)}
	for _, set := range options {
		if err := set(soc); err != nil {
			return nil, errors.Join(fmt.Errorf("set socket option: %w", err), closeSocket(soc))
		}
	}
	if s.watcher, err = watch(soc, s.wake); err != nil {
		return nil, errors.Join(err, closeSocket(soc))
	}
	s.in, s.out.soc = newInbox(soc), raw(soc)
	return s, nil
}

// readable returns a channel to wait on for the next message: one that is ready
// at once if there is one.
func (s *socket) readable() <-chan struct{} {
	reclaim()
	if s.in.empty() && !s.drained {
		err := s.in.fill()
		s.drained = err == ErrEmpty // another error shows at the next Recv
	}
	if !s.drained || !s.in.empty() {
		return always
	}
	return s.wake
}

// recv appends the frames of the next message to dst, at most wire.MaxFrames of them. The only
// one of a message is good until the next call; several are the caller's to keep.
func (s *socket) recv(dst [][]byte) ([][]byte, error) {
	start := len(dst)
	for count := 1; ; count++ {
		frame, more, err := s.recvFrame()
		if err != nil {
			return dst[:start], err
		}
		if more || count > 1 {
			frame = s.in.own(frame)
		}
		if count <= wire.MaxFrames {
			dst = append(dst, frame)
		}
		switch {
		case more:
		case count > wire.MaxFrames:
			return dst, ErrTooManyFrames
		default:
			return dst, nil
		}
	}
}

// recvFrame returns the next frame, good until the next call, and whether more of its
// message follow.
func (s *socket) recvFrame() (frame []byte, more bool, err error) {
	called := s.in.empty()
	frame, more, err = s.in.next()
	if called {
		s.drained = err == ErrEmpty
	}
	return frame, more, err
}

// sendTo sends the frames to the route. libzmq decides with the first one: it takes all
// frames or none. When a connection ends between two frames it drops the message, as
// one that was under way.
func (s *socket) sendTo(route string, frames [][]byte) error {
	if err := s.send([]byte(route), true); err != nil {
		return err
	}
	for i, frame := range frames {
		var err error
		if more := i < len(frames)-1; len(frame) >= lendMin {
			err = translate("send", lend(s.lineTo(route), frame, more))
		} else {
			err = s.send(frame, more)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *socket) lineTo(route string) line { return line{s.out.soc, route} }

// send sends a copy of one frame, and tells libzmq whether more of its message follow.
func (s *socket) send(frame []byte, more bool) error {
	s.disturb()
	flags := zmq4.DONTWAIT
	if more {
		flags |= zmq4.SNDMORE
	}
	if _, err := s.soc.SendBytes(frame, flags); err != nil {
		return translate("send", err)
	}
	return nil
}

// flush sends what was posted.
func (s *socket) flush(failed func(place int, err error)) {
	if s.out.count > 0 {
		s.disturb()
		s.out.flush(failed)
	}
}

// disturb takes in that a call into libzmq may consume an edge.
func (s *socket) disturb() { s.drained, s.in.last = false, false }

// close closes the socket; see closeSocket for how long it may take.
func (s *socket) close() error {
	s.watcher.stop()
	s.in.close()
	defer reclaim()
	return closeSocket(s.soc)
}
