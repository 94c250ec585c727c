package session

import (
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// state is where the connection stands.
type state uint8

const (
	away     state = iota // no connection
	greeting              // Hello was sent
	open                  // the broker has said Welcome
)

// Session is the state machine. It is not safe for concurrent use.
type Session struct {
	cfg Config
	limits

	state   state
	broker  [16]byte      // that said the last Welcome
	epoch   uint64        // likewise; 0 for none that counts any more
	heard   time.Duration // when the broker was last heard of
	beatDue time.Duration

	lastReq    uint32
	lastKey    uint64
	key        []byte // memory for the next one
	unanswered map[uint32]*request
	batched    int   // tasks of unanswered batches
	resends    queue // of unanswered, by when they are due
	congested  bool  // much of what was sent waits to leave

	tasks   map[journal.ID]*task
	unasked map[journal.ID]struct{} // of these, to be named in the next Wait
	waits   queue                   // Waits that were sent, by when they are due

	effects, taken Effects // the owner reads taken while effects fill up
}

// Event tells the owner something about what it asked for under a tag. Tags
// are the owner's own values; they must be comparable.
//
//	*wire.Accepted            answers a Submit, and each task of a batch
//	*wire.Status              answers a Cancel, a Hold, a Release, an Edit, a Resolve or a
//	                          Query; or tells that the task's tries are used up, and it is held
//	*wire.Found               answers a Find
//	*wire.Limits              answers a Limit
//	*wire.Shown               answers a Show
//	*wire.Changed             answers a Change
//	*wire.Refuse              answers any of them, for each task of a batch; of a Wait: no such task
//	*wire.Started             an attempt runs, once for each tag
//	*wire.Progress            the task goes on
//	*wire.Ended               the task's end, once for each tag
//	*wire.Welcome             a connection is open (no tag)
//
// A Refuse without a tag refuses the session itself.
type Event struct {
	Tag any
	Msg wire.Message
}

// Effects are what the session wants done.
type Effects struct {
	Sends     []wire.Message // to the broker, in order
	Events    []Event        // for the owner, in order
	Reconnect bool           // drop the connection, make a new one, call Connected
}

// New makes a session that has no connection yet.
func New(cfg Config) *Session {
	cfg = cfg.withDefaults()
	return &Session{
		cfg:        cfg,
		limits:     limits{heartbeat: cfg.Heartbeat, liveness: cfg.Liveness, waitMax: wire.MaxWait},
		unanswered: make(map[uint32]*request),
		resends:    queue{every: cfg.ResendEvery},
		tasks:      make(map[journal.ID]*task),
		unasked:    make(map[journal.ID]struct{}),
		waits:      queue{every: cfg.WaitEvery},
	}
}

// Connected tells that there is a new connection to the broker.
func (s *Session) Connected(now time.Duration) {
	s.heard = now
	s.greet(now)
}

// Step takes in a message from the broker. Messages that a client doesn't
// expect are ignored.
func (s *Session) Step(now time.Duration, m wire.Message) {
	s.heard = now
	switch m := m.(type) {
	case *wire.Welcome:
		s.welcome(now, m)
	case *wire.Refuse:
		s.refuse(now, m)
	case *wire.Beat:
		s.beat(m)
	case *wire.Leave:
		s.leave(now)
	case *wire.Accepted:
		s.accepted(now, m)
	case *wire.BatchAccepted:
		s.batchAccepted(now, m)
	case *wire.Status:
		s.status(m)
	case *wire.Found:
		s.answer(m.Req, m)
	case *wire.Limits:
		s.answer(m.Req, m)
	case *wire.Shown:
		s.answer(m.Req, m)
	case *wire.Changed:
		s.answer(m.Req, m)
	case *wire.Started:
		s.started(m)
	case *wire.Progress:
		s.tell(m.Task, m)
	case *wire.Ended:
		s.ended(m)
	}
}

// Hear takes in that the broker lives, though no whole message has come.
func (s *Session) Hear(now time.Duration) { s.heard = now }

// Tick does what is due.
func (s *Session) Tick(now time.Duration) {
	if s.state == away {
		return
	}
	if now-s.heard >= s.silence() {
		s.state = away
		s.effects.Reconnect = true
		return
	}
	if now >= s.beatDue {
		s.pulse(now)
	}
	if s.mayResend() {
		s.resend(now)
	}
}

// NextDeadline tells when Tick has something to do. Without a connection
// there is nothing.
func (s *Session) NextDeadline() (time.Duration, bool) {
	if s.state == away {
		return 0, false
	}
	next := min(s.beatDue, s.heard+s.silence())
	if s.mayResend() {
		next = s.resends.earlier(s.waits.earlier(next))
	}
	return next, true
}

// Take returns the effects since the last Take. They are good until the next one.
func (s *Session) Take(now time.Duration) Effects {
	if s.state == open {
		s.askForNew(now)
	}
	clear(s.taken.Sends)
	clear(s.taken.Events)
	s.taken, s.effects = s.effects, Effects{Sends: s.taken.Sends[:0], Events: s.taken.Events[:0]}
	return s.taken
}

// Leave tells the broker that this client goes away.
func (s *Session) Leave() {
	if s.state != away {
		s.send(&wire.Leave{})
	}
	s.state = away
}

// Unanswered returns how many requests have no answer.
func (s *Session) Unanswered() int { return len(s.unanswered) }

func (s *Session) send(m wire.Message) { s.effects.Sends = append(s.effects.Sends, m) }

func (s *Session) emit(tag any, m wire.Message) {
	s.effects.Events = append(s.effects.Events, Event{tag, m})
}
