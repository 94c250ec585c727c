package zmq

import (
	"fmt"
	"time"

	"github.com/pebbe/zmq4"
)

// Router is the broker's socket. Each of its connections has a route, which names the peer
// there for Recv and Send. Only one goroutine may use it.
type Router struct {
	socket    *socket
	routes    routes
	endpoints []string
	files     []boundFile
}

// Listen makes a Router that is bound to the endpoints: tcp://ADDRESS:PORT or ipc://PATH.
// ADDRESS is an IP address or the name of an interface; * for PORT means any free port.
// PayloadMax is the size in bytes of the largest body or result: a peer that sends a much
// larger frame is disconnected. For an endpoint that fails the error is a *ListenError, which
// wraps ErrAddressInUse if somebody else listens there.
func Listen(endpoints []string, payloadMax int) (*Router, error) {
	s, err := open(
		func(s *zmq4.Socket) error { return s.SetRouterMandatory(1) },
		func(s *zmq4.Socket) error { return s.SetSndhwm(routerSendQueue) },
		func(s *zmq4.Socket) error { return s.SetRcvhwm(routerRecvQueue) },
		func(s *zmq4.Socket) error { return s.SetBacklog(backlog) },
		func(s *zmq4.Socket) error { return s.SetHandshakeIvl(handshakeMax) },
		func(s *zmq4.Socket) error { return s.SetMaxmsgsize(int64(payloadMax) + headMax) },
		func(s *zmq4.Socket) error { return s.SetLinger(linger) },
		func(s *zmq4.Socket) error { return s.SetTcpKeepalive(1) },
		func(s *zmq4.Socket) error { return s.SetTcpKeepaliveIdle(keepaliveIdle) },
		func(s *zmq4.Socket) error { return s.SetTcpKeepaliveIntvl(keepaliveInterval) },
		func(s *zmq4.Socket) error { return s.SetTcpKeepaliveCnt(keepaliveCount) },
	)
	if err != nil {
		return nil, err
	}
	spare()
	keepFreed()
	r := &Router{socket: s}
	for _, endpoint := range endpoints {
		if err := r.bind(endpoint); err != nil {
			_ = r.Close()
			return nil, &ListenError{endpoint, err}
		}
	}
	return r, nil
}

func (r *Router) bind(endpoint string) error {
	if err := checkEndpoint(endpoint); err != nil {
		return err
	}
	if err := chooseFamily(r.socket.soc, endpoint); err != nil {
		return err
	}
	if err := r.socket.soc.Bind(endpoint); err != nil {
		return bindError(endpoint, err)
	}
	bound, err := r.socket.soc.GetLastEndpoint()
	if err != nil {
		return fmt.Errorf("ask for the bound address: %w", err)
	}
	r.endpoints = append(r.endpoints, bound)
	path, ok := socketFile(endpoint)
	if !ok {
		return nil
	}
	file, err := lookAt(path)
	if err != nil {
		return err
	}
	r.files = append(r.files, file)
	return nil
}

// Endpoints returns the endpoints in the order in which they were given, with the ports that
// they have got.
func (r *Router) Endpoints() []string { return r.endpoints }

// Recv receives the next message. It returns the route of the connection, and the frames,
// without the routing id, appended to dst. If the message has several frames the caller may
// keep them; an only frame is valid until the next call of Recv or Readable.
//
// The error is ErrEmpty if there is no message, and ErrTooManyFrames, with the route and the
// first frames, for a message with more than wire.MaxFrames.
func (r *Router) Recv(dst [][]byte) (route string, frames [][]byte, err error) {
	id, _, err := r.socket.recvFrame() // which is always followed by the peer's frames
	if err != nil {
		return "", dst, err
	}
	route = r.routes.text(id)
	frames, err = r.socket.recv(dst)
	return route, frames, err
}

// Send sends a message of one or more frames to a route that Recv has returned. What was
// posted before has to be flushed first. Frames of 32 KiB or more (lendMin) must not be
// changed afterwards, because they are not copied. The error is ErrUnreachable if the
// connection is gone, and ErrCongested if its queue is full.
func (r *Router) Send(route string, frames [][]byte) error {
	checkFrames(frames)
	return r.socket.sendTo(route, frames)
}

// Sending tells whether libzmq still has large frames, of 32 KiB or more (lendMin), to send to
// the route.
func (r *Router) Sending(route string) bool { return lent(r.socket.lineTo(route)) }

// Post adds a small message to those that the next Flush sends, in order, in one call. That is
// much cheaper than a Send of each. It returns false, and adds nothing, if the message is too
// large or there are too many: then the caller calls Flush, and Send.
func (r *Router) Post(route string, frames [][]byte) bool {
	checkFrames(frames)
	return r.socket.out.post(route, frames)
}

// Flush sends the messages that were posted. It calls failed for each that was not sent, with
// its place among them, 0 for the first, and an error like those of Send.
func (r *Router) Flush(failed func(place int, err error)) { r.socket.flush(failed) }

func checkFrames(frames [][]byte) {
	if len(frames) == 0 {
		panic("zmq: message without frames")
	}
}

// Readable returns a channel from which the owner can receive when there may be a message. It
// has to be called anew for each wait.
func (r *Router) Readable() <-chan struct{} { return r.socket.readable() }

// Received returns how many bytes have come over the connection of a route, including those of
// a message that is not complete yet, and how long ago the last of them came. It returns false
// if that is not known: the kernel knows it only of TCP, and it is not known of a route that
// the peer has chosen itself. If the connection is gone, the numbers may be those of another
// one; a Send to the route finds that out.
func (r *Router) Received(route string) (bytes uint64, ago time.Duration, ok bool) {
	return received(r.socket.in.origin(route))
}

// Close closes the socket and removes the files of its ipc endpoints. The Router must not be
// used afterwards. If the process has no other socket, Close waits up to half a second for
// what was sent to leave. Otherwise it does not wait, and the ports are in use for a moment
// longer.
func (r *Router) Close() error {
	for _, file := range r.files {
		file.remove()
	}
	return r.socket.close()
}
