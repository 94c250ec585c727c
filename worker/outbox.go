package worker

import (
	"log/slog"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmq"
)

const (
	// backlogMax is how many messages wait when the socket's queue is full: the
	// start and the end of everything that the worker may have.
	backlogMax = 2 * wire.MaxInventory
	// congestedRetry is how soon they are tried again. The socket's own word,
	// that there is room, may be lost in a call that looked for messages.
	congestedRetry = 5 * time.Millisecond
)

// outbox sends messages in order. What finds the socket's queue full waits, for
// an outcome that is dropped comes seconds later.
type outbox struct {
	*zmq.Sender
	log *slog.Logger
}

func newOutbox(dealer *zmq.Dealer, log *slog.Logger) outbox {
	return outbox{log: log, Sender: zmq.NewSender(dealer, wire.BCP2Worker, func(err error) {
		log.Error("message to the broker cannot be sent", "error", err)
	})}
}

// send has the message sent by the next Flush. Only what finds too much waiting
// already is dropped; what matters the session sends again.
func (o *outbox) send(m wire.Message) {
	if o.Waiting() >= backlogMax {
		o.Flush()
	}
	if o.Waiting() >= backlogMax {
		o.log.Warn("message to the broker was dropped", "waiting", o.Waiting())
		return
	}
	o.Send(m)
}

// hasten shortens a wait, while something waits to be sent.
func (o *outbox) hasten(wait time.Duration) time.Duration {
	if o.Waiting() > 0 {
		wait = min(wait, congestedRetry)
	}
	return max(0, wait)
}
