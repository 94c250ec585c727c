package zmq

import (
	"fmt"
	"time"

	"github.com/pebbe/zmq4"

	"bcp/broker/wire"
)

// Router is the broker's socket: many peers, each under its route. It belongs
// to one goroutine.
type Router struct {
	socket    *socket
	routes    routes
	endpoints []string
	files     []boundFile
}

// Listen makes a Router that is bound to the endpoints: tcp://ADDRESS:PORT, with a
// literal address or an interface, and * for any free port, or ipc://PATH.
// payloadMax is the largest body or result, in bytes; a peer that sends a much
// larger frame is disconnected. Returns a *ListenError for an endpoint that
// failed; it wraps ErrAddressInUse if somebody else listens there.
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

// Endpoints lists the bound addresses in the order given, with the actual ports.
func (r *Router) Endpoints() []string { return r.endpoints }

// Recv takes in the next message: it appends its frames to dst, without the
// routing id, which it returns as the route. Several frames are the caller's to keep; a
// message's only one is good until the next call of Recv, or of what Readable returned.
// Returns ErrEmpty if there is no message, and ErrTooManyFrames, with the route
// and the first frames, for one with more than wire.MaxFrames.
func (r *Router) Recv(dst [][]byte) (route string, frames [][]byte, err error) {
	id, _, err := r.socket.recvFrame() // which is always followed by the peer's frames
	if err != nil {
		return "", dst, err
	}
	route = r.routes.text(id)
	frames, err = r.socket.recv(dst, wire.MaxFrames)
	return route, frames, err
}

// Send sends the frames, at least one, to the route, which Recv returned; after a
// Flush of what was posted. Nobody may change a frame of 32 KiB or more (lendMin)
// afterwards, for it leaves from where it is. Returns ErrUnreachable if its connection is gone, and
// ErrCongested if its queue is full.
func (r *Router) Send(route string, frames [][]byte) error {
	checkFrames(frames)
	return r.socket.sendTo(route, frames)
}

// Sending tells whether libzmq has large frames to the route, of 32 KiB or more (lendMin),
// that it has not given to the kernel.
func (r *Router) Sending(route string) bool { return lent(r.socket.lineTo(route)) }

// Post gathers small messages, to be sent by one Flush, in order: that is much
// cheaper than so many Sends. Returns false for a message that is too large or
// one too many: that is for Send, after a Flush.
func (r *Router) Post(route string, frames [][]byte) bool {
	checkFrames(frames)
	return r.socket.out.post(route, frames)
}

// Flush sends what was posted. It calls failed for each message that did not leave,
// with its place among them and an error as Send's.
func (r *Router) Flush(failed func(place int, err error)) { r.socket.flush(failed) }

func checkFrames(frames [][]byte) {
	if len(frames) == 0 {
		panic("zmq: message without frames")
	}
}

// Readable returns a channel that is ready when there may be a message. Call it
// anew for each wait.
func (r *Router) Readable() <-chan struct{} { return r.socket.readable() }

// Received tells how many bytes have come over the route's connection, be it of a message
// that is not whole yet, and how long ago the last. The kernel knows that of TCP alone, and
// it is not told of a route that the peer has chosen. Of a connection that is gone it may be
// another's: a message to it finds that out.
func (r *Router) Received(route string) (bytes uint64, ago time.Duration, ok bool) {
	return received(r.socket.in.origin(route))
}

// Close closes the socket, unbinds it and removes the files of its ipc endpoints.
// What was sent may still go out: for that it waits half a second at most. While
// the process has other sockets it does not wait, and the ports are taken for a
// moment longer. The Router must not be used afterwards.
func (r *Router) Close() error {
	for _, file := range r.files {
		file.remove()
	}
	return r.socket.close()
}
