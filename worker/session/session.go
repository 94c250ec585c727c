package session

import (
	"cmp"
	"time"

	"bcp/broker/wire"
)

// Config is what a session is set up with. Name and Instance are required.
type Config struct {
	Name     string
	Instance [16]byte // random, made when the worker's process starts
	Slots    int      // attempts at a time; default 1, at most wire.MaxSlots
	Services []string

	Labels    []string // name=value, for selectors
	Resources []string // name=amount, that attempts take of

	Heartbeat   time.Duration // until Welcome says otherwise; default 2.5 s
	Liveness    int           // likewise; default 3
	ResendEvery time.Duration // until an outcome is acknowledged; default 5 s

	StopOnLost bool          // stop what runs when the broker falls silent
	Grace      time.Duration // from TERM to KILL where the broker does not say
}

func (c Config) withDefaults() Config {
	c.Slots = cmp.Or(c.Slots, 1)
	c.Heartbeat = cmp.Or(c.Heartbeat, 2500*time.Millisecond)
	c.Liveness = cmp.Or(c.Liveness, 3)
	c.ResendEvery = cmp.Or(c.ResendEvery, 5*time.Second)
	return c
}

// Session is a worker's side of BCP/2. It is not safe for concurrent use: one
// goroutine owns it. Times are monotonic, from any fixed start.
type Session struct {
	cfg Config

	link      link
	lost      bool          // the broker has been silent for too long
	refusal   wire.Code     // why it last refused to register the worker, 0 since Welcome
	broker    [16]byte      // identity of the journal of the broker that last said Welcome
	epoch     uint64        // of that broker, 0 before there was one
	heartbeat time.Duration // as the broker wants it
	liveness  int           // heartbeats of silence after which it counts as lost, likewise
	bodyMax   int
	heard     time.Duration // when anything last came from the broker
	asked     time.Duration // when Register was sent
	beatAt    time.Duration // when the next beat is due, while registered
	retryAt   time.Duration // when to register again, while waiting

	table    table
	busy     int    // attempts that occupy a slot
	seen     uint64 // highest Dispatch.Seq since Register
	fence    fence  // the newest attempt of each recent task
	draining bool

	resendAt  time.Duration // when to look for what is not acknowledged; 0: there is nothing
	congested bool          // much of what was sent waits to leave
	tellAt    time.Duration // when to look for what waits for its turn; 0: there is nothing

	out, spare Effects
}

// New makes a session. Nothing happens before Open.
func New(cfg Config) *Session {
	cfg = cfg.withDefaults()
	return &Session{
		cfg:       cfg,
		heartbeat: cfg.Heartbeat,
		liveness:  cfg.Liveness,
		bodyMax:   wire.MaxBody,
		table:     newTable(min(cfg.Slots+max(cfg.Slots, tableSpare), wire.MaxInventory)),
		fence:     newFence(max(fenceSize, 2*cfg.Slots)),
	}
}

// Step takes in a message from the broker. Messages that a worker has no use
// for only count as a sign of life.
func (s *Session) Step(now time.Duration, m wire.Message) {
	if s.link == linkClosed {
		return
	}
	s.heard = now
	switch m := m.(type) {
	case *wire.Welcome:
		s.welcome(now, m)
	case *wire.Refuse:
		s.refused(now, m)
	case *wire.Beat:
		s.brokerBeat(now, m)
	case *wire.Leave:
		s.brokerLeaves(now)
	case *wire.Dispatch:
		s.dispatch(now, m)
	case *wire.Stop:
		s.stop(now, m)
	case *wire.OutcomeAck:
		s.acknowledged(m)
	case *wire.CheckpointAck:
		s.saved(now, m)
	case *wire.ExtendAck:
		s.extended(now, m)
	}
}

// Hear takes in that the broker lives, though no whole message has come.
func (s *Session) Hear(now time.Duration) { s.heard = now }

// Tick does what is due.
func (s *Session) Tick(now time.Duration) {
	switch s.link {
	case linkClosed:
		return
	case linkWaiting:
		if now >= s.retryAt {
			s.register(now)
		}
		return
	case linkRegistering, linkRegistered:
		if now-s.heard >= s.silence() {
			s.brokerLost(now)
			return
		}
	}
	if s.link == linkRegistering && now >= s.answerBy() {
		s.reconnect(now)
	}
	if s.link == linkRegistered {
		s.beatIfDue(now)
		s.resendIfDue(now)
		s.tellIfDue(now)
	}
}

// NextDeadline tells when Tick has something to do; false: never.
func (s *Session) NextDeadline() (time.Duration, bool) {
	switch s.link {
	case linkWaiting:
		return s.retryAt, true
	case linkRegistering:
		return min(s.heard+s.silence(), s.answerBy()), true
	case linkRegistered:
		next := earlier(min(s.heard+s.silence(), s.beatAt), s.tellAt)
		if !s.congested {
			next = earlier(next, s.resendAt)
		}
		return next, true
	}
	return 0, false
}

// Take returns the effects since the last Take. Its slices are valid until the
// next Take; the messages in them stay valid and do not change.
func (s *Session) Take() Effects {
	taken := s.out
	s.out = s.spare.emptied()
	s.spare = taken
	return taken
}

// Registered tells whether the broker knows the worker.
func (s *Session) Registered() bool { return s.link == linkRegistered }

// Busy counts the attempts that have been started and have not ended.
func (s *Session) Busy() int { return s.table.active }

// Unsettled counts the attempts that the worker has, running or not yet
// acknowledged.
func (s *Session) Unsettled() int { return len(s.table.list) }

func (s *Session) send(m wire.Message) { s.out.Sends = append(s.out.Sends, m) }

func (s *Session) note(k EventKind, text string) {
	s.out.Events = append(s.out.Events, Event{Kind: k, Text: text})
}
