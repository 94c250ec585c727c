package worker

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmtp"
	"bcp/worker/session"
)

// receiveMax is how many messages are taken in before what they ask for is
// done: more make a turn longer, but not cheaper.
const receiveMax = 128

// loop is Run's goroutine: it owns the socket and the session.
type loop struct {
	cfg     *Config
	log     *slog.Logger
	begin   time.Time
	session *session.Session
	dealer  *zmtp.Dealer
	dialed  bool // the dealer was connected for the session already
	outbox  outbox
	tasks   map[wire.Ref]*Task
	mailbox *mailbox
	timer   *time.Timer

	values context.Context // handlers' contexts have its values, not its end
	stop   <-chan struct{} // Run's context is done; nil once that was seen
	hurry  <-chan struct{} // HandBack was called
	out    farewell
	err    error // ends the loop

	frames [][]byte // of the message received last
	words  []word
}

func newLoop(ctx context.Context, w *Worker, dealer *zmtp.Dealer) *loop {
	log := w.cfg.Log.With("worker", w.cfg.Name)
	return &loop{
		cfg:   &w.cfg,
		log:   log,
		begin: time.Now(),
		session: session.New(session.Config{
			Name: w.cfg.Name, Instance: w.instance, Slots: w.cfg.Slots, Services: w.cfg.Services,
			Labels: wire.Pairs(w.cfg.Labels), Resources: wire.Pairs(w.cfg.Resources),
			StopOnLost: w.cfg.StopOnLost, Grace: w.cfg.Grace,
		}),
		dealer:  dealer,
		outbox:  newOutbox(dealer, log),
		tasks:   map[wire.Ref]*Task{},
		mailbox: newMailbox(),
		timer:   time.NewTimer(0),
		values:  context.WithoutCancel(ctx),
		stop:    ctx.Done(),
		hurry:   w.hurry,
	}
}

func (l *loop) now() time.Duration { return time.Since(l.begin) }

// run takes turns: wait for something, take it in, do what follows.
func (l *loop) run() error {
	l.session.Open(l.now())
	for {
		l.advance()
		l.perform()
		if l.err != nil || l.out.stage == left {
			return l.err
		}
		l.arm()
		select {
		case <-l.dealer.Readable():
			l.receive()
		case <-l.mailbox.filled:
			l.listen()
		case <-l.timer.C:
			l.receive() // so that a worker that was suspended hears first what has arrived
			l.session.Tick(l.now())
		case <-l.stop:
			l.drain()
		case <-l.hurried():
			l.handBack(0)
		}
	}
}

// arm sets the timer to what is due next.
func (l *loop) arm() {
	at, ok := l.session.NextDeadline()
	if l.out.stage != working && (!ok || l.out.deadline < at) {
		at, ok = l.out.deadline, true
	}
	if ok {
		l.timer.Reset(at - l.now())
	}
}

// receive takes in what has arrived, up to receiveMax.
func (l *loop) receive() {
	now := l.now()
	for range receiveMax {
		frames, err := l.dealer.Recv(l.frames[:0])
		if err != nil {
			return // there is none
		}
		l.frames = frames
		err = l.outbox.Hear(frames, func(m wire.Message) { l.session.Step(now, m) })
		if err != nil {
			l.log.Warn("message from the broker is not understood", "error", err)
		}
	}
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
			w.task.waitFor(w.wait, savedState, l.session.Save(now, ref, w.state, false))
		case wordSaveSoon:
			l.session.Save(now, ref, w.state, true)
		case wordExtend:
			w.task.waitFor(w.wait, w.extend.Option, l.session.Extend(now, w.extend, false))
		case wordExtendSoon:
			l.session.Extend(now, w.extend, true)
		case wordEnded:
			w.task.abandon()
			w.task.release()
			delete(l.tasks, ref)
			l.session.Ended(now, wire.Outcome{Ref: ref, Verdict: w.verdict, Text: w.text, Class: w.class, Payload: w.result})
		}
	}
}

// perform does what the session wants. Where it starts attempts their handlers get a
// turn before that is told: the end of a short one is told in the same message.
func (l *loop) perform() {
	if l.carryOut() {
		runtime.Gosched()
		select {
		case <-l.mailbox.filled:
			l.listen()
		default:
		}
		l.carryOut()
	}
	l.outbox.Flush()
}

// carryOut does what the session wants, but for the sending, and tells whether it has
// started attempts: then the session wants more.
func (l *loop) carryOut() (started bool) {
	e := l.session.Take()
	if e.Reconnect {
		l.reconnect()
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
	go handle(ctx, l.cfg.Handler, t)
}

// stopAll stops the handlers that a loop which has ended leaves behind.
func (l *loop) stopAll() {
	close(l.mailbox.closed)
	for _, t := range l.tasks {
		t.stop(0)
	}
}
