package broker

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

const (
	// unackedMax bounds the ends that wait for a session's acknowledgement. A
	// client that lets more pile up loses its session and has to ask again.
	unackedMax = 1 << 16

	// sessionSilences is how many times the liveness window a session outlives
	// its client's silence: a reconnect takes a while.
	sessionSilences = 4

	// bcp1Patience is how long an end waits for a BCP/1 client that can't be
	// reached. Later it has to name its job again.
	bcp1Patience = time.Hour

	bcp1Prefix  = "bcp1:"  // of the sessions of BCP/1 clients, before the route in hex
	localPrefix = "local:" // of the sessions inside the broker's process
)

// isGiven tells whether a routing id was given by ZeroMQ to a connection without one of its own:
// when that is over, or after a restart, nobody has it again.
func isGiven(route string) bool { return strings.HasPrefix(route, "\x00") }

// session is a client, whatever connection it has. BCP/1 clients and the admin
// API have one for each route, without acknowledgements.
type session struct {
	id        string
	peer      wire.Peer
	connected bool
	welcomed  bool // has spoken since its first Welcome: that has arrived
	gone      bool
	watching  int                  // tasks that it waits for
	watchers  [4]watcher           // that folded tasks have in common
	awaits    map[journal.ID]*task // of these, members that have not started
	ear
	counts counting                // how it makes its keys
	told   map[journal.ID]*telling // ends that are not known to have arrived
	onWay  int                     // bytes of results sent and not acknowledged
	later  []*telling              // not sent yet, for too much is on its way
	struck int                     // of those, that need not be sent any more
	order  []*telling              // in the order of sending; may hold old ones
	timer  timer
}

// acks tells whether the client acknowledges its ends.
func (s *session) acks() bool { return s.peer.Dialect == wire.BCP2Client }

// telling is an end that has not arrived for certain.
type telling struct {
	ended *wire.Ended // without its result; not to be changed
	since time.Duration
	sent  time.Duration
	open  bool // neither acknowledged nor given up
	lost  bool // the last sending of it did not leave
	size  int  // bytes in its result
	later bool // not sent yet
	again bool // asked for since it was last sent
}

// sessionOf returns the session that speaks on a connection. BCP/1 clients and
// the admin API need no Hello. Nil, and a refusal, for a client that does.
func (b *Broker) sessionOf(now Instant, from wire.Peer, req uint32) *session {
	return b.sessionAbout(now, from, req, "", journal.Target{})
}

// sessionAbout is sessionOf for a request about the task that a key and a target name: by
// these a BCP/1 client knows what was refused.
func (b *Broker) sessionAbout(now Instant, from wire.Peer, req uint32, key string, target journal.Target) *session {
	s := b.sessionsByPeer[from]
	if s == nil {
		switch from.Dialect {
		case wire.BCP1Client:
			if s = b.openSession(now, from, bcp1Prefix+hex.EncodeToString([]byte(from.Route))); s == nil {
				b.refuse(from, tooManyClients(key, target))
			}
		case wire.Local:
			s = b.openSession(now, from, localPrefix+from.Route)
		case wire.BCP2Client:
			b.refuse(from, &wire.Refuse{Req: req, Code: wire.CodeUnknownPeer, Text: "say Hello first"})
		default:
			b.refuse(from, &wire.Refuse{Req: req, Code: wire.CodeNotAllowed, Text: "a worker can't do what clients do"})
		}
	}
	if s != nil {
		s.heard, s.welcomed = now.Mono, true
	}
	return s
}

// tooManyClients refuses one more.
func tooManyClients(key string, target journal.Target) *wire.Refuse {
	return &wire.Refuse{Code: wire.CodeTooManyPeers, Text: "the broker has as many clients as it may", Key: key, Target: target}
}

// openSession makes a session and gives it the connection; nil if there are too many.
// Operators come in also then.
func (b *Broker) openSession(now Instant, from wire.Peer, id string) *session {
	if len(b.sessions) >= b.cfg.MaxPeers && from.Dialect != wire.Local {
		return nil
	}
	s := &session{id: id, told: make(map[journal.ID]*telling)}
	b.sessions[id] = s
	b.connect(now, s, from)
	return s
}

// connect gives a session its connection, in place of an earlier one.
func (b *Broker) connect(now Instant, s *session, from wire.Peer) {
	if s.connected {
		delete(b.sessionsByPeer, s.peer)
	}
	s.peer, s.connected, s.ear = from, true, ear{heard: now.Mono}
	b.sessionsByPeer[from] = s
	b.arm(&s.timer, s, nextBeat(now, b.cfg.Heartbeat))
}

// disconnect takes a session's connection away; the session stays for a while.
func (b *Broker) disconnect(s *session) {
	delete(b.sessionsByPeer, s.peer)
	s.connected = false
}

// closeSession forgets a session. What its tasks do is not affected.
func (b *Broker) closeSession(s *session) {
	if s.connected {
		b.disconnect(s)
	}
	s.gone, s.told, s.order, s.later = true, nil, nil, nil
	b.stopAwaiting(s)
	b.disarm(&s.timer)
	delete(b.sessions, s.id)
}

// reopenClient makes the session of a restored task's BCP/1 client, if it has a routing
// id of its own: then it may expect its answer without asking.
func (b *Broker) reopenClient(now Instant, t *task) {
	route, ok := strings.CutPrefix(t.Spec.Client, bcp1Prefix)
	if !ok {
		return
	}
	raw, err := hex.DecodeString(route)
	if err != nil || isGiven(string(raw)) {
		return
	}
	if s := b.sessionOf(now, wire.Peer{Dialect: wire.BCP1Client, Route: string(raw)}, 0); s != nil {
		t.watchBy(watcher{session: s, wantStart: true})
	}
}

// hello opens or resumes a session. A client that has not spoken since its first
// Welcome may not have got it: it is told again that the session is new, or else it
// would not ask for the ends that an earlier one was to be told.
func (b *Broker) hello(now Instant, from wire.Peer, m *wire.Hello) {
	if from.Dialect != wire.BCP2Client {
		b.refuse(from, &wire.Refuse{Code: wire.CodeNotAllowed, Text: "only a client says Hello"})
		return
	}
	if err := checkSession(m.Session); err != nil {
		b.refuse(from, err.Refuse())
		return
	}
	s := b.sessions[m.Session]
	if other := b.sessionsByPeer[from]; other != nil && other != s {
		b.closeSession(other)
	}
	if s == nil {
		if s = b.openSession(now, from, m.Session); s == nil {
			b.refuse(from, tooManyClients("", journal.Target{}))
			return
		}
	}
	again := s.connected && s.peer == from
	b.connect(now, s, from)
	b.send(from, b.welcome(s.welcomed))
	if !again { // over this connection nothing has been told yet
		b.retell(now, s, now.Mono)
	}
}

// checkSession tells why a session can't have the name it wants. The names of
// those who say no Hello are not to be had.
func checkSession(name string) *wire.Error {
	for _, prefix := range []string{bcp1Prefix, localPrefix} {
		if strings.HasPrefix(name, prefix) {
			return wire.Errorf(wire.CodeBadName, "session %q: names that begin with %s are the broker's own", name, prefix)
		}
	}
	return wire.CheckName("session", name)
}

func (b *Broker) welcome(resumed bool) *wire.Welcome {
	return &wire.Welcome{
		Broker: b.cfg.Broker, Epoch: b.cfg.Epoch, Resumed: resumed,
		HeartbeatMS: uint32(b.cfg.Heartbeat.Milliseconds()), Liveness: uint32(b.cfg.Liveness),
		BodyMax: uint32(b.cfg.BodyMax), OutstandingMax: wire.MaxWait,
	}
}

// due sends a client its beat, repeats what it has not acknowledged, and
// forgets one that has been silent for too long.
func (s *session) due(b *Broker, now Instant) {
	if !b.deaf && b.expired(now, s) {
		b.closeSession(s)
		return
	}
	if s.acks() && s.connected {
		b.send(s.peer, &wire.Beat{})
	}
	if !b.sending(s.peer) {
		b.retell(now, s, b.resendable(now, s))
	}
	b.arm(&s.timer, s, nextBeat(now, b.cfg.Heartbeat))
}

// resendable is up to when an end must have been sent to be sent again. A client
// that has said nothing since doesn't read either: repetitions would pile up.
func (b *Broker) resendable(now Instant, s *session) time.Duration {
	late := now.Mono - b.cfg.ResendEvery
	if s.acks() {
		return min(late, s.heard)
	}
	return late
}

// expired tells whether a session is to be forgotten. The admin API says Leave; a
// BCP/1 client's has no name by which it could be taken up, and stays while
// there is something to tell.
func (b *Broker) expired(now Instant, s *session) bool {
	switch {
	case s.peer.Dialect == wire.Local:
		return false
	case !s.acks() && (len(s.told) > 0 || s.watching > 0):
		return false
	}
	silence := sessionSilences * b.silence()
	if !s.acks() { // it is sent no beats, by which its connection would be found gone
		return now.Mono-s.heard > silence
	}
	return b.silent(now, s.peer, &s.ear, silence) > silence
}

func (b *Broker) sortedSessions() []*session {
	return slices.SortedFunc(maps.Values(b.sessions), func(x, y *session) int { return strings.Compare(x.id, y.id) })
}
