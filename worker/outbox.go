package worker

import (
	"errors"
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
	dealer  *zmq.Dealer
	log     *slog.Logger
	backlog []wire.Message
	frames  [][]byte // of the message sent last
}

// send sends the message, or has it wait. Only what finds too much waiting
// already is dropped; what matters the session sends again.
func (o *outbox) send(m wire.Message) {
	if len(o.backlog) == 0 && o.try(m) {
		return
	}
	if len(o.backlog) >= backlogMax {
		o.log.Warn("message to the broker was dropped", "waiting", len(o.backlog))
		return
	}
	o.backlog = append(o.backlog, m)
}

// flush sends what waits, as far as there is room.
func (o *outbox) flush() {
	sent := 0
	for sent < len(o.backlog) && o.try(o.backlog[sent]) {
		sent++
	}
	rest := copy(o.backlog, o.backlog[sent:])
	clear(o.backlog[rest:])
	o.backlog = o.backlog[:rest]
}

// hasten shortens a wait, while something waits to be sent.
func (o *outbox) hasten(wait time.Duration) time.Duration {
	if len(o.backlog) > 0 {
		wait = min(wait, congestedRetry)
	}
	return max(0, wait)
}

// discard forgets what waits: it was for a connection that is gone.
func (o *outbox) discard() {
	clear(o.backlog)
	o.backlog = o.backlog[:0]
}

// try sends the message and tells whether it is done with, also by an error
// that another try would not change.
func (o *outbox) try(m wire.Message) bool {
	frames, err := wire.Encode(o.frames[:0], wire.BCP2Worker, m)
	if err == nil {
		o.frames = frames
		err = o.dealer.Send(frames)
	}
	if errors.Is(err, zmq.ErrCongested) {
		return false
	}
	if err != nil {
		o.log.Error("message to the broker cannot be sent", "error", err)
	}
	return true
}
