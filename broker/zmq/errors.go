package zmq

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/pebbe/zmq4"

	"bcp/broker/zmtp"
)

// Errors of the sockets. The list is append-only.
var (
	// ErrEmpty tells that no message has arrived.
	ErrEmpty = zmtp.ErrEmpty
	// ErrCongested tells that the queue to the peer is full, and that the message was not
	// sent.
	ErrCongested = zmtp.ErrCongested
	// ErrUnreachable tells that there is no connection with this route.
	ErrUnreachable = errors.New("no connection with this route")
	// ErrTooManyFrames tells that a received message was dropped because it had more than
	// wire.MaxFrames frames.
	ErrTooManyFrames = errors.New("message has too many frames")
	// ErrAddressInUse tells that another process, or another socket, listens on the endpoint.
	ErrAddressInUse = errors.New("address is in use")
)

// ListenError tells which endpoint a Router cannot listen on, and why.
type ListenError struct {
	Endpoint string
	Err      error
}

// Error names the endpoint and the reason.
func (e *ListenError) Error() string { return "listen on " + e.Endpoint + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *ListenError) Unwrap() error { return e.Err }

// again is how libzmq says that a call without waiting would have to wait.
const again = zmq4.Errno(syscall.EAGAIN)

// translate gives libzmq's error for an operation, receive or send, as one of ours.
func translate(operation string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, again) && operation == "receive":
		return ErrEmpty
	case errors.Is(err, again):
		return ErrCongested
	case errors.Is(err, zmq4.EHOSTUNREACH):
		return ErrUnreachable
	}
	return fmt.Errorf("%s: %w", operation, err)
}
