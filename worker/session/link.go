package session

import (
	"fmt"
	"time"

	"bcp/broker/wire"
)

// link is where the connection to the broker stands.
//
//	closed --Open--> registering --Welcome--> registered
//	                  ^   ^    |                |     |
//	            retry |   |    | Refuse, Leave  |     | silence, unknown peer
//	                  |   |    v                |     |
//	                waiting <-------------------+     |
//	                      |                Leave      |
//	                      +---------------------------+
//
// A registration that is not answered in time is made again on a new connection:
// on the same one, an old inventory would follow what was dispatched since.
type link uint8

const (
	linkClosed      link = iota // before Open and after Leave
	linkRegistering             // Register was sent
	linkRegistered              // Welcome has arrived
	linkWaiting                 // refused, or the broker left: register again at retryAt
)

// nameRetry is how soon a name is asked for again that was just refused as
// taken: the broker has asked its holder meanwhile, and knows if that is gone.
const nameRetry = 100 * time.Millisecond

// Open connects. Before it, and after Leave, the session does nothing.
func (s *Session) Open(now time.Duration) {
	if s.link == linkClosed {
		s.heard = now
		s.reconnect(now)
	}
}

// reconnect asks for a new connection. What was to be sent over the old one
// would arrive before Register, so it is dropped: all of it is told again.
func (s *Session) reconnect(now time.Duration) {
	s.out.Reconnect = true
	clear(s.out.Sends)
	s.out.Sends = s.out.Sends[:0]
	s.register(now)
}

func (s *Session) register(now time.Duration) {
	s.link, s.asked, s.seen = linkRegistering, now, 0
	s.send(&wire.Register{
		Name:      s.cfg.Name,
		Instance:  s.cfg.Instance,
		Slots:     uint32(s.cfg.Slots),
		Services:  s.cfg.Services,
		Labels:    s.cfg.Labels,
		Resources: s.cfg.Resources,
		Inventory: s.table.inventory(),
	})
}

// welcome adopts the broker's terms and tells it again what it may have missed.
func (s *Session) welcome(now time.Duration, m *wire.Welcome) {
	s.adopt(m)
	if s.link != linkRegistered || s.epoch != m.Epoch {
		s.note(EventRegistered, fmt.Sprintf("broker %x epoch %d", m.Broker, m.Epoch))
	}
	s.noteStranger(m)
	s.link, s.broker, s.epoch, s.lost, s.refusal = linkRegistered, m.Broker, m.Epoch, false, 0
	s.beatAt = now + s.heartbeat
	if s.draining {
		s.beat(now) // Register cannot say that the worker wants no more
	}
	s.repeat(now)
}

// noteStranger tells that the broker is not the one that has given the worker its
// attempts: most likely it was started on the wrong file. It has them stopped, and their
// outcomes mean nothing to it.
func (s *Session) noteStranger(m *wire.Welcome) {
	if has := len(s.table.list); has > 0 && s.epoch > 0 && s.broker != m.Broker {
		s.note(EventStranger, fmt.Sprintf("journal %x, before it was %x; attempts here: %d", m.Broker, s.broker, has))
	}
}

func (s *Session) adopt(m *wire.Welcome) {
	m.TakeBeats(&s.heartbeat, &s.liveness)
	if m.BodyMax > 0 {
		s.bodyMax = int(m.BodyMax)
	}
}

// refused takes in a refusal. An unknown peer registers again; refusals that
// come while Register is on its way belong to earlier messages and are over.
func (s *Session) refused(now time.Duration, m *wire.Refuse) {
	switch {
	case m.Code == wire.CodeUnknownPeer:
		if s.link == linkRegistered {
			s.register(now)
		}
	case s.link == linkRegistering:
		s.link, s.retryAt = linkWaiting, now+s.heartbeat
		if m.Code == wire.CodeNameTaken && s.refusal != wire.CodeNameTaken {
			s.retryAt = now + min(s.heartbeat, nameRetry)
		}
		s.noteRefusal(m)
	}
}

func (s *Session) noteRefusal(m *wire.Refuse) {
	if s.refusal == m.Code {
		return
	}
	s.refusal = m.Code
	text := m.Code.String() + ": " + m.Text
	switch m.Code {
	case wire.CodeNameTaken:
		s.note(EventNameTaken, text)
	case wire.CodeMalformed, wire.CodeUnsupported, wire.CodeBadName, wire.CodeBadOption, wire.CodeNotAllowed:
		s.note(EventRejected, text)
	default:
		s.note(EventRefused, text)
	}
}

// brokerLeaves waits for the broker, or its successor, to be back.
func (s *Session) brokerLeaves(now time.Duration) {
	s.link, s.retryAt = linkWaiting, now+s.heartbeat
	s.note(EventLeft, "")
}

// brokerLost gives the connection up. What runs goes on, or is stopped and
// handed back when the broker returns.
func (s *Session) brokerLost(now time.Duration) {
	if !s.lost {
		s.lost = true
		s.note(EventLost, "nothing heard for "+s.silence().String())
		if s.cfg.StopOnLost {
			s.stopAll(wire.VerdictReturned, s.cfg.Grace)
		}
	}
	s.heard = now
	s.reconnect(now)
}

// silence is how long nothing may be heard of a broker that lives.
func (s *Session) silence() time.Duration { return s.heartbeat * time.Duration(s.liveness) }

// answerBy is when a registration has waited long enough for its answer.
func (s *Session) answerBy() time.Duration { return s.asked + min(2*s.heartbeat, s.silence()) }

func (s *Session) brokerBeat(now time.Duration, m *wire.Beat) {
	if m.Ask && s.link == linkRegistered {
		s.beat(now)
	}
}

func (s *Session) beatIfDue(now time.Duration) {
	if now >= s.beatAt {
		s.beat(now)
	}
}

func (s *Session) beat(now time.Duration) {
	s.beatAt = now + s.heartbeat
	s.send(&wire.WorkerBeat{Seen: s.seen, Draining: s.draining, Inventory: s.table.inventory()})
}
