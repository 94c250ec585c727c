package zmtp

import (
	"time"

	"bcp/broker/wire"
)

const (
	// readBuffer is what one read takes in at most, but for the rest of a message that
	// is larger. It is small, for a process may have thousands of dealers.
	readBuffer = 8 << 10

	// recvBytes and recvMessages are how much waits for a Dealer's owner before the
	// connection is not read any more, so that TCP holds the peer back. One message
	// more may.
	recvBytes    = 32 << 20
	recvMessages = 8192 // more than one read brings: who reads may be who takes

	// sendBytes is how much waits to be sent before a Dealer is congested. One message
	// more may.
	sendBytes = 4 << 20

	// lateBytes is how much waits to be sent before what a Sender sends counts as late: on a
	// line of 100 kB/s it takes less time than peers give an answer.
	lateBytes = 256 << 10

	// chunkBytes is up to how many bytes messages are gathered to be written at once.
	chunkBytes = 64 << 10

	// shareMin is from which size on a frame is sent from where it lies. Smaller ones
	// are cheaper to copy than to write apart.
	shareMin = 16 << 10

	// readyMax bounds what a peer tells of itself as the connection begins, in bytes.
	readyMax = 64 << 10

	// messageMax bounds a message that is received: with the largest payload and head.
	messageMax = wire.MaxBody + wire.MaxBatchHead + 1<<10
)

const (
	// connectMax is how long a connection may take until it can be spoken over, with all
	// addresses that a name has.
	connectMax = 10 * time.Second

	// linger is how long a Dealer that is closed tries to deliver what it has queued: a
	// last Leave goes out, a peer that doesn't read delays nobody for long.
	linger = 500 * time.Millisecond

	// pauseMin and pauseMax bound the pause before a Dealer connects again; it doubles
	// from one to the other until a message has come, and is up to twice as long, so that
	// not all come at once.
	pauseMin = 50 * time.Millisecond
	pauseMax = time.Second

	// A connection whose machine is gone without a word is closed after
	// keepaliveIdle + keepaliveCount * keepaliveEvery.
	keepaliveIdle  = time.Minute
	keepaliveEvery = 10 * time.Second
	keepaliveCount = 3
)
