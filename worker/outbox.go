package worker

import (
	"log/slog"

	"bcp/broker/wire"
	"bcp/broker/zmtp"
)

// backlogMax is how many messages wait when the socket's queue is full: the
// start and the end of everything that the worker may have.
const backlogMax = 2 * wire.MaxInventory

// outbox sends messages in order. What finds the socket's queue full waits, for
// an outcome that is dropped comes seconds later.
type outbox struct {
	*zmtp.Sender
	log *slog.Logger
}

func newOutbox(dealer *zmtp.Dealer, log *slog.Logger) outbox {
	return outbox{log: log, Sender: zmtp.NewSender(dealer, wire.BCP2Worker, func(err error) {
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
