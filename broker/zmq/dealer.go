package zmq

import (
	"errors"
	"fmt"

	"github.com/pebbe/zmq4"

	"bcp/broker/wire"
)

// Dealer is a peer's socket: one broker. It connects, and connects again, of
// its own accord; what is sent meanwhile waits in its queue. Every connection is
// another route to the broker, for it sets no routing id. It belongs to one goroutine.
type Dealer struct {
	endpoint string
	wake     chan struct{}
	socket   *socket

	// congested tells that the queue was full, and that no room was told of since.
	congested bool
}

// Dial makes a Dealer for the endpoint, tcp://HOST:PORT or ipc://PATH, where an
// IPv6 HOST is a literal address in brackets. It does not wait for the
// connection, and nobody needs to listen yet. The error names the endpoint if it
// is not one.
func Dial(endpoint string) (*Dealer, error) {
	d := &Dealer{endpoint: endpoint, wake: make(chan struct{}, 1)}
	if err := d.connect(); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *Dealer) connect() error {
	s, err := open(
		zmq4.DEALER, dealerBatch, d.wake,
		func(s *zmq4.Socket) error { return s.SetSndhwm(dealerSendQueue) },
		func(s *zmq4.Socket) error { return s.SetRcvhwm(dealerRecvQueue) },
		func(s *zmq4.Socket) error { return s.SetReconnectIvl(reconnectMin) },
		func(s *zmq4.Socket) error { return s.SetReconnectIvlMax(reconnectMax) },
		func(s *zmq4.Socket) error { return s.SetMaxmsgsize(wire.MaxBody + headMax) },
		func(s *zmq4.Socket) error { return chooseFamily(s, d.endpoint) },
	)
	if err != nil {
		return err
	}
	if err := s.soc.Connect(d.endpoint); err != nil {
		_ = s.close()
		return fmt.Errorf("connect to %s: %w", d.endpoint, err)
	}
	s.out.stop = 1
	d.socket = s
	return nil
}

// Reconnect drops the connection with all that is queued in both directions,
// and makes another one. It is for a broker that has been silent for too long:
// TCP alone can take minutes to notice.
func (d *Dealer) Reconnect() error {
	if err := d.socket.soc.SetLinger(0); err != nil {
		return fmt.Errorf("set socket option: %w", err)
	}
	old := d.socket
	if err := d.connect(); err != nil {
		return err
	}
	return old.close()
}

// Recv takes in the next message and appends its frames to dst. The frames are
// the caller's to keep. Returns ErrEmpty if there is no message, and
// ErrTooManyFrames for one with more than wire.MaxFrames, which is dropped.
func (d *Dealer) Recv(dst [][]byte) ([][]byte, error) {
	return d.socket.recv(dst, wire.MaxFrames)
}

// Send queues the frames as one message, after a Flush of what was posted. Returns
// ErrCongested if the queue is full.
func (d *Dealer) Send(frames [][]byte) error { return d.note(d.socket.sendAll(frames)) }

// note takes in what has become of a message.
func (d *Dealer) note(err error) error {
	d.congested = d.congested || errors.Is(err, ErrCongested)
	return err
}

// Post gathers small messages, to be sent by one Flush, in order: that is much
// cheaper than so many Sends. Returns false for a message that is too large or
// one too many: that is for Send, after a Flush.
func (d *Dealer) Post(frames [][]byte) bool { return d.socket.out.post("", frames) }

// Flush sends what was posted. It calls failed for each message that did not leave,
// with its place among them and an error as Send's: after the first, all others.
func (d *Dealer) Flush(failed func(place int, err error)) {
	d.socket.flush(func(place int, err error) { failed(place, d.note(err)) })
}

// Readable returns a channel that is ready when there may be a message, or room
// again in a full queue. Call it anew for each wait.
func (d *Dealer) Readable() <-chan struct{} {
	ready := d.socket.readable()
	if d.congested && ready != always && d.socket.eventful() {
		d.congested = false
		return always
	}
	return ready
}

// Close closes the connection. What was sent may still go out: for that it waits
// half a second at most. The Dealer must not be used afterwards.
func (d *Dealer) Close() error { return d.socket.close() }
