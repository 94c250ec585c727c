package zmq

import (
	"time"

	"bcp/broker/wire"
)

// Queue lengths in messages, for each connection.
const (
	// routerSendQueue takes a worker's full set of dispatches (wire.MaxSlots) twice
	// over before the peer counts as congested.
	routerSendQueue = 8192
	// routerRecvQueue is short: what waits in it has not been looked at, and TCP
	// holds the rest back at the peer.
	routerRecvQueue = 1000
)

const (
	// backlog takes the reconnections of a whole fleet after a restart of the
	// broker; the kernel's somaxconn may lower it.
	backlog = 4096

	// handshakeMax is how long a connection may take until it can be spoken over.
	handshakeMax = 10 * time.Second

	// headMax is what a frame may have beyond the largest payload: where bodies may
	// only be small, the head of a batch is longer.
	headMax = wire.MaxBatchHead

	// linger is how long a closed socket tries to deliver what it has queued: a
	// last Leave goes out, a peer that doesn't read delays nobody for long.
	linger = 500 * time.Millisecond

	// A connection whose machine is gone without a word is closed after
	// keepaliveIdle + keepaliveCount * keepaliveInterval seconds.
	keepaliveIdle     = 60
	keepaliveInterval = 10
	keepaliveCount    = 3
)
