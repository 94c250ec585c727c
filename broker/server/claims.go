package server

import (
	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// claims are the room that large payloads want before the core hears of them. Without them,
// of several that come at once some would be written, and refused then. One for which there
// is room, but not beside what goes ahead of it, waits until that has gone and the disk was
// looked at. One for which there is none is the core's to refuse, and is not written.
type claims struct {
	made  broker.Claim // of messages whose payloads are written, or are to be
	left  broker.Claim // of those among them that have gone since the disk was looked at
	waits []wire.Peer  // whose first message waits for room, in the order in which they came
	freed bool         // there may be room for them
}

// room is what a message with large payloads finds.
type room uint8

const (
	roomNone  room = iota // or it has no such payloads: it is the core's
	roomThere             // they may be written
	roomLater             // they may be when what goes ahead has gone
)

// judge tells what room a message wants for its large payloads, or for those that retries
// copy, and whether there is that.
func (s *Server) judge(m wire.Message, retries []journal.ID) (broker.Claim, room) {
	claim, claims := s.claim(m, retries), &s.staging.claims
	switch {
	case claim.Bytes == 0 || !s.core.Holds(claim, broker.Claim{}):
		return claim, roomNone
	case len(claims.waits) > 0 || !s.core.Holds(claim, claims.made):
		return claim, roomLater
	}
	return claim, roomThere
}

func (s *Server) claim(m wire.Message, retries []journal.ID) (c broker.Claim) {
	if retries != nil {
		return s.copies(m, retries)
	}
	for _, p := range s.large(m) {
		c.Bytes += len(*p.Bytes)
	}
	c.Tasks = newTasks(m)
	return c
}

// newTasks is how many tasks a message brings.
func newTasks(m wire.Message) int {
	switch m := m.(type) {
	case *wire.Submit:
		return 1
	case *wire.SubmitBatch:
		return len(m.Submits)
	}
	return 0
}

// await has the first message of a peer wait for room. What it has said later has no claim
// then: that can't go before it, and would keep the room from it for ever.
func (g *staging) await(from wire.Peer) {
	q, claims := g.queues[from], &g.claims
	if q.waits {
		return
	}
	q.waits = true
	claims.waits = append(claims.waits, from)
	for _, word := range q.words[1:] {
		claims.freed = claims.freed || word.claim != broker.Claim{}
		claims.made.Sub(word.claim)
		word.claim = broker.Claim{}
	}
}

// looked takes in that the disk was looked at.
func (c *claims) looked() {
	c.freed = c.freed || c.left != broker.Claim{}
	c.made.Sub(c.left)
	c.left = broker.Claim{}
}

// rejudge has those go on who wait for room, if there may be some now.
func (s *Server) rejudge() {
	for claims := &s.staging.claims; claims.freed; s.stage() {
		waits := claims.waits
		claims.waits, claims.freed = nil, false
		for _, from := range waits {
			if q := s.staging.queues[from]; q != nil { // else it has gone on: there was none at all for it
				q.waits = false
				s.advance(from)
			}
		}
	}
}
