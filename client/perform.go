package client

import (
	"errors"
	"fmt"

	"bcp/broker/wire"
	"bcp/broker/zmq"
)

// outboxMax bounds what the socket has no room for. A broker that doesn't read
// so much is no longer worth its connection.
const outboxMax = 1 << 16

// perform does what the session wants done.
func (l *loop) perform() {
	effects := l.session.Take(l.now())
	for _, ev := range effects.Events {
		l.tell(ev)
	}
	l.flush()
	for _, m := range effects.Sends {
		l.send(m)
	}
	if effects.Reconnect || len(l.outbox) > outboxMax {
		l.reconnect()
	}
	if len(l.unsaid) > 0 {
		l.refuse()
	}
}

// unsayable takes in that a message has no words in the protocol: the request
// is refused, as the broker would have.
func (l *loop) unsayable(err error) {
	var refused *wire.Error
	if !errors.As(err, &refused) {
		l.fail(fmt.Errorf("encode: %w", err))
		return
	}
	l.unsaid = append(l.unsaid, refused.Refuse())
}

// refuse answers the requests that could not be sent.
func (l *loop) refuse() {
	for _, m := range l.unsaid {
		l.session.Refuse(m)
	}
	l.unsaid = nil
	l.perform()
}

// flush sends what had no room before.
func (l *loop) flush() {
	waiting := l.outbox
	l.outbox = nil
	for _, m := range waiting {
		l.send(m)
	}
}

// send gives a message to the socket, or keeps it in order until there is room.
func (l *loop) send(m wire.Message) {
	if len(l.outbox) > 0 {
		l.outbox = append(l.outbox, m)
		return
	}
	frames, err := wire.Encode(l.out[:0], wire.BCP2Client, m)
	if err != nil {
		l.unsayable(err)
		return
	}
	l.out = frames
	switch err := l.dealer.Send(frames); {
	case errors.Is(err, zmq.ErrCongested):
		l.outbox = append(l.outbox, m)
	case err != nil:
		l.fail(fmt.Errorf("send: %w", err))
	}
}

// reconnect drops the connection with all that waits for it: the session sends
// again what is not answered.
func (l *loop) reconnect() {
	l.log.Info("broker is silent: connecting again")
	l.outbox = nil
	if err := l.dealer.Reconnect(); err != nil {
		l.fail(fmt.Errorf("reconnect: %w", err))
		return
	}
	l.session.Connected(l.now())
}
