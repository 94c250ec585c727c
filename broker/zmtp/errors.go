package zmtp

import (
	"errors"
	"fmt"
)

// Errors of connections. The list is append-only.
var (
	// ErrFrame tells that the bytes are no frame.
	ErrFrame = errors.New("bad ZMTP frame")
	// ErrPeer tells that the other side does not speak ZMTP 3 without encryption.
	ErrPeer = errors.New("peer does not speak ZMTP 3.x with the NULL mechanism")
	// ErrEndpoint tells that an endpoint is of no kind that is known.
	ErrEndpoint = errors.New("tcp://HOST:PORT or ipc://PATH is accepted")
	// ErrEmpty tells that no message has arrived.
	ErrEmpty = errors.New("no message")
	// ErrCongested tells that the queue toward the peer is full; the message was
	// not taken. A Dealer's Readable fires when there is room again.
	ErrCongested = errors.New("peer does not read: its queue is full")
	// ErrTooLarge tells that a peer sends a message that is larger than any may be.
	ErrTooLarge = errors.New("message is too large")
	// ErrNotYet tells that no attempt to connect has come to an end so far.
	ErrNotYet = errors.New("nobody has answered so far")
	// ErrEnded tells that there was a connection.
	ErrEnded = errors.New("connection has ended")
	// ErrHTTP tells that the other side speaks HTTP: waiting for it doesn't help.
	ErrHTTP = fmt.Errorf("%w, but HTTP, as a broker's admin address does: one that it listens at for clients and workers is accepted", ErrPeer)
)
