package client

import (
	"errors"
	"fmt"
	"runtime"

	"bcp/broker/wire"
)

// outboxMax bounds what the socket has no room for, beside the requests that have no
// answer. A broker that doesn't read so much is no longer worth its connection.
const outboxMax = 1 << 16

// perform does what the session wants done. Whoever it tells something gets a turn
// before anything is sent: what they ask for next goes in the same message.
func (l *loop) perform() {
	told, silent := l.carryOut()
	if told {
		runtime.Gosched()
		l.takeCalls()
		l.carryOut()
	}
	l.outbox.Flush()
	l.session.Congested(l.now(), l.outbox.Congested())
	switch {
	case silent:
		l.reconnect("broker is silent")
	case l.outbox.Waiting() > l.session.Unanswered()+outboxMax:
		l.reconnect("broker does not read")
	}
	if len(l.unsaid) > 0 {
		l.refuse()
	}
}

// carryOut does what the session wants, but for the sending. It tells whether anybody
// was told anything, and whether the broker is silent.
func (l *loop) carryOut() (told, silent bool) {
	effects := l.session.Take(l.now())
	for _, ev := range effects.Events {
		l.tell(ev)
	}
	for _, m := range effects.Sends {
		l.outbox.Send(m)
	}
	return len(effects.Events) > 0, effects.Reconnect
}

// unsent takes in that a message cannot be sent. If it has no words in the protocol
// the request is refused, as the broker would have.
func (l *loop) unsent(err error) {
	var refused *wire.Error
	if !errors.As(err, &refused) {
		l.fail(fmt.Errorf("send: %w", err))
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

// reconnect drops the connection with all that waits for it, and greets the broker over
// another one: the session sends again what is not answered.
func (l *loop) reconnect(why string) {
	l.log.Info(why + ": connecting again")
	l.outbox.Discard()
	l.dealer.Reconnect()
	l.session.Connected(l.now())
	l.perform()
}
