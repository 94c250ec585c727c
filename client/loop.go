package client

import (
	"log/slog"
	"math"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmtp"
	"bcp/client/session"
)

// receiveMax is how many messages are taken in one turn, so that calls are not
// held up by a flood of ends.
const receiveMax = 256

// never is a time that does not come.
const never = time.Duration(math.MaxInt64)

// loop is the client's goroutine. It alone touches the socket and the session.
type loop struct {
	client  *Client
	dealer  *zmtp.Dealer
	session *session.Session
	log     *slog.Logger

	start  time.Time
	at     time.Duration // when this turn began, since start
	timer  *time.Timer
	armed  time.Duration // when the timer fires, or never
	in     [][]byte      // frames of a message that came, for use again
	outbox *zmtp.Sender
	unsaid []*wire.Refuse // answers to what has no words in the protocol
	err    error          // the first failure: it ends the loop
}

func newLoop(c *Client, dealer *zmtp.Dealer, s *session.Session, log *slog.Logger) *loop {
	l := &loop{client: c, dealer: dealer, session: s, log: log, start: time.Now(), timer: time.NewTimer(never), armed: never}
	l.outbox = zmtp.NewSender(dealer, wire.BCP2Client, l.unsent)
	return l
}

// now is the session's clock. It stands still during a turn.
func (l *loop) now() time.Duration { return l.at }

func (l *loop) run() {
	defer close(l.client.closed)
	l.session.Connected(l.now())
	for l.err == nil {
		l.perform()
		l.turn()
	}
	l.session.Leave()
	l.perform()
	l.timer.Stop()
	l.client.err = l.err
	if l.dealer.Trouble() == nil {
		l.dealer.Close()
	} else {
		l.dealer.Drop() // there is nobody to tell, and what has no answer says so
	}
}

// turn waits until there is something to do, and does it.
func (l *loop) turn() {
	submits, asks := l.queues()
	l.setTimer()
	var do call
	select {
	case do = <-submits:
	case do = <-asks:
	case do = <-l.client.forgets:
	case <-l.dealer.Readable():
		do = (*loop).receive
	case <-l.timer.C:
		do = (*loop).tick
	case <-l.client.closing:
		do = func(l *loop) { l.fail(ErrClosed) }
	case err := <-l.dealer.Wrong():
		do = func(l *loop) { l.answerDial(err) }
	}
	l.at = time.Since(l.start)
	do(l)
	l.takeCalls()
}

// queues returns the queues from which calls can be taken now: none while the
// session is full or the socket has no room, so that the callers wait.
func (l *loop) queues() (submits, asks chan call) {
	if l.outbox.Waiting() > 0 || !l.session.CanAsk() {
		return nil, nil
	}
	if !l.session.CanSubmit() {
		return nil, l.client.asks
	}
	return l.client.submits, l.client.asks
}

// takeCalls takes what else is in the queues, so that one turn serves many.
func (l *loop) takeCalls() {
	for range callsQueue {
		submits, asks := l.queues()
		var do call
		select {
		case do = <-submits:
		case do = <-asks:
		default:
			return
		}
		do(l)
	}
}

func (l *loop) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

// setTimer has the timer fire by the time that something is due next. One that fires too
// early costs less than to set it for each turn.
func (l *loop) setTimer() {
	if due, ok := l.session.NextDeadline(); ok && due < l.armed {
		l.armed = due
		l.timer.Reset(due - time.Since(l.start)) // the turn may have taken long
	}
}

// tick does what is due.
func (l *loop) tick() {
	l.armed = never
	l.receive() // so that a client that was held up hears first what has arrived
	if l.dealer.Arriving() {
		l.session.Hear(l.now())
	}
	l.session.Tick(l.now())
}

// receive takes in what has arrived.
func (l *loop) receive() {
	for range receiveMax {
		frames, err := l.dealer.Recv(l.in[:0])
		l.in = frames
		if err != nil {
			return // there is none
		}
		l.step(frames)
		clear(frames) // the message keeps what it needs of them
	}
}

func (l *loop) step(frames [][]byte) {
	err := l.outbox.Hear(frames, func(m wire.Message) { l.session.Step(l.now(), m) })
	if err != nil {
		l.log.Warn("message dropped", "error", err)
	}
}

// tell passes an event on to who waits for it.
func (l *loop) tell(ev session.Event) {
	switch tag := ev.Tag.(type) {
	case *Handle:
		tag.take(ev.Msg)
	case *answer:
		tag.take(ev.Msg)
	default:
		l.greeted(ev.Msg)
	}
}

// greeted takes in the broker's word about the session itself.
func (l *loop) greeted(m wire.Message) {
	var err error
	switch m := m.(type) {
	case *wire.Welcome:
		l.log.Info("connected", "epoch", m.Epoch, "resumed", m.Resumed)
	case *wire.Refuse:
		err = m.Err()
		l.log.Warn("refused by the broker", "error", err)
	}
	l.answerDial(err)
}

// answerDial tells Dial what has come of the session, nil if it is open.
func (l *loop) answerDial(err error) {
	select {
	case l.client.welcome <- err:
	default: // Dial has had its answer
	}
}
