package worker

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmtp"
	"bcp/worker/session"
)

// receiveMax is how many messages are taken in before what they ask for is
// done: more make a turn longer, but not cheaper.
const receiveMax = 128

// never is a time that does not come.
const never = time.Duration(math.MaxInt64)

// loop owns the socket and the session. Messages have their turns in the dealer's
// goroutine, which has read them, and all else has in Run's.
type loop struct {
	mu      sync.Mutex // held during a turn; all below is its, but for mailbox and hurry
	cfg     *Config
	log     *slog.Logger
	begin   time.Time
	session *session.Session
	dealer  *zmtp.Dealer
	dialed  bool // the dealer was connected for the session already
	known   bool // the broker has registered the worker once
	outbox  outbox
	tasks   map[wire.Ref]*Task
	mailbox *mailbox
	called  sync.WaitGroup // waits for handlers that are to be called
	timer   *time.Timer
	armed   time.Duration // when the timer fires, or never

	values context.Context // handlers' contexts have its values, not its end
	stop   <-chan struct{} // Run's context is done; nil once that was seen
	hurry  <-chan struct{} // HandBack was called
	out    farewell
	err    error // ends the loop

	frames [][]byte // of the message received last
	words  []word
}

func newLoop(ctx context.Context, w *Worker) (*loop, error) {
	log := w.cfg.Log.With("worker", w.cfg.Name)
	l := &loop{
		cfg:   &w.cfg,
		log:   log,
		begin: time.Now(),
		session: session.New(session.Config{
			Name: w.cfg.Name, Instance: w.instance, Slots: w.cfg.Slots, Services: w.cfg.Services,
			Labels: wire.Pairs(w.cfg.Labels), Resources: wire.Pairs(w.cfg.Resources),
			StopOnLost: w.cfg.StopOnLost, Grace: w.cfg.Grace,
		}),
		tasks:   map[wire.Ref]*Task{},
		mailbox: newMailbox(),
		timer:   time.NewTimer(never),
		armed:   never,
		values:  context.WithoutCancel(ctx),
		stop:    ctx.Done(),
		hurry:   w.hurry,
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.dealer, err = zmtp.NewDealerFunc(w.cfg.Broker, l.arrived); err != nil {
		return nil, err
	}
	l.outbox = newOutbox(l.dealer, log)
	return l, nil
}

func (l *loop) now() time.Duration { return time.Since(l.begin) }

// run takes turns until the worker has left, or fails.
func (l *loop) run() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session.Open(l.now())
	for l.turn(); !l.over(); l.turn() {
		l.wait()
	}
	return l.err
}

// turn does what follows from what was taken in.
func (l *loop) turn() {
	l.advance()
	l.perform()
	l.arm()
}

// over tells whether there are no more turns.
func (l *loop) over() bool { return l.err != nil || l.out.stage == left }

// wait waits, without the lock, for something that is for Run's goroutine, and takes it in
// unless the loop is over meanwhile.
func (l *loop) wait() {
	room, stop, hurried := l.dealer.Readable(), l.stop, l.hurried()
	l.mu.Unlock()
	take := func() {} // there is room in the socket's queue
	select {
	case <-room:
	case <-l.mailbox.filled:
		take = l.listen
	case <-l.timer.C:
		take = l.tick
	case <-stop:
		take = l.drain
	case <-hurried:
		take = func() { l.handBack(0) }
	case err := <-l.dealer.Wrong():
		take = func() { l.wrong(err) }
	}
	l.mu.Lock()
	if !l.over() { // else the dealer's goroutine reads on, and what it had read is not good any more
		take()
	}
}

// arrived takes turns for the messages that have come, in the dealer's goroutine.
func (l *loop) arrived() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for more := true; more && !l.over(); l.turn() {
		more = l.receive()
	}
	if l.over() {
		l.mailbox.signal() // Run's goroutine is to see it
	}
}

// arm has the timer fire by the time that something is due next. One that fires too early
// costs less than to set it for each message.
func (l *loop) arm() {
	at, ok := l.session.NextDeadline()
	if l.out.stage != working && (!ok || l.out.deadline < at) {
		at, ok = l.out.deadline, true
	}
	if ok && at < l.armed {
		l.armed = at
		l.timer.Reset(at - l.now())
	}
}

// tick does what is due.
func (l *loop) tick() {
	l.armed = never
	for l.receive() { // a worker that was suspended hears first what has arrived
	}
	if l.dealer.Arriving() {
		l.session.Hear(l.now())
	}
	l.session.Tick(l.now())
}

// receive takes in what has arrived, up to receiveMax, and tells whether there may be more.
func (l *loop) receive() bool {
	now := l.now()
	for range receiveMax {
		frames, err := l.dealer.Recv(l.frames[:0])
		if err != nil {
			return false // there is none
		}
		l.frames = frames
		err = l.outbox.Hear(frames, func(m wire.Message) { l.session.Step(now, m) })
		if err != nil {
			l.log.Warn("message from the broker is not understood", "error", err)
		}
		clear(frames) // the message keeps what it needs of them
	}
	return true
}

// listen takes in what handlers have said.
func (l *loop) listen() {
	now := l.now()
	l.words = l.mailbox.take(l.words)
	for i := range l.words {
		w := &l.words[i]
		ref := w.task.ref()
		switch w.kind {
		case wordStarted:
			l.session.Begun(ref)
		case wordProgress:
			l.session.Progress(now, w.progress)
		case wordSave:
			w.task.waitFor(w.wait, l.session.Save(now, ref, w.state, w.wait == nil))
		case wordExtend:
			w.task.waitFor(w.wait, l.session.Extend(now, w.extend, w.wait == nil))
		case wordEnded:
			w.task.abandon()
			w.task.release()
			delete(l.tasks, ref)
			l.session.Ended(now, wire.Outcome{Ref: ref, Verdict: w.verdict, Text: w.text, Class: w.class, Payload: w.result})
		}
	}
	clear(l.words) // there may be none for long
}

// perform does what the session wants. Where it starts attempts it waits until their
// handlers are called. The last one wakes it, so that it goes on behind that one's first
// turn, while all of this is in the processor's caches: the end of a short one is told in
// the same message as the start.
func (l *loop) perform() {
	if l.carryOut() {
		l.called.Wait()
		l.listen()
		l.carryOut()
	}
	l.outbox.Flush()
	l.session.Congested(l.now(), l.outbox.Congested())
}

// carryOut does what the session wants, but for the sending, and tells whether it has
// started attempts: then the session wants more.
func (l *loop) carryOut() (started bool) {
	e := l.session.Take()
	if e.Reconnect {
		l.reconnect()
	}
	if len(e.Starts) > 0 {
		l.mailbox.attend()
	}
	for _, d := range e.Starts {
		l.start(d)
	}
	for _, m := range e.Sends {
		l.outbox.send(m)
	}
	for _, o := range e.Stops {
		if t := l.tasks[o.Ref]; t != nil {
			t.stop(o.Grace)
		}
	}
	for i := range e.Saves {
		l.saved(&e.Saves[i])
	}
	for i := range e.Extended {
		l.extended(&e.Extended[i])
	}
	for _, ev := range e.Events {
		l.report(ev)
	}
	return len(e.Starts) > 0
}

// wrong ends a worker that was given a wrong address. One that had the broker there waits
// for it.
func (l *loop) wrong(err error) {
	if !l.known {
		l.err = fmt.Errorf("%s: %w: %w", l.cfg.Broker, ErrNoBroker, err)
	}
}

// reconnect makes a new connection; the first one is made already.
func (l *loop) reconnect() {
	if !l.dialed {
		l.dialed = true
		return
	}
	l.outbox.Discard()
	l.dealer.Reconnect()
}

func (l *loop) start(d *wire.Dispatch) {
	ctx, cancel := context.WithCancelCause(l.values)
	t := newTask(d, l.mailbox, cancel)
	l.tasks[d.Ref] = t
	if !l.cfg.HandlerStarts {
		l.session.Begun(d.Ref)
	}
	l.called.Add(1)
	go handle(ctx, l.cfg.Handler, t, &l.called)
}

// stopAll stops the handlers that a loop which has ended leaves behind.
func (l *loop) stopAll() {
	close(l.mailbox.closed)
	for _, t := range l.tasks {
		t.stop(0)
	}
}
