package server

import (
	"bcp/broker"
	"bcp/broker/wire"
)

// bundle is a bundle to a peer, with the sends that are in it.
type bundle struct {
	to wire.Peer
	wire.Bundle
	sends []*broker.Send
}

// add adds a message, if there is room.
func (p *bundle) add(send *broker.Send, frames [][]byte) bool {
	if !p.Add(frames) {
		return false
	}
	p.sends = append(p.sends, send)
	return true
}

func (p *bundle) reset() {
	p.Reset()
	clear(p.sends)
	p.sends = p.sends[:0]
}

// bundlersMax is how many peers are known at least to take bundles: more than a
// broker has.
const bundlersMax = 1 << 16

// sparesMax is how many bundles keep their memory from turn to turn: 8 KiB at most each.
const sparesMax = 1024

// bundles knows which peers take bundles, for they have sent one, and has those of
// this turn. It forgets peers that have sent none for long: they get single messages.
type bundles struct {
	young, old map[wire.Peer]struct{} // the young ones get old all at once
	byPeer     map[wire.Peer]*bundle
	last       *bundle   // that was asked for last, and often is again; nil for none
	open       []*bundle // in the order of their first messages
	spare      []*bundle
}

func newBundles() bundles {
	return bundles{young: map[wire.Peer]struct{}{}, byPeer: map[wire.Peer]*bundle{}}
}

// learn takes in that a peer has sent a bundle.
func (b *bundles) learn(peer wire.Peer) {
	if len(b.young) >= bundlersMax {
		b.young, b.old = map[wire.Peer]struct{}{}, b.young
	}
	b.young[peer] = struct{}{}
}

// of returns the bundle for a peer, nil if it takes none.
func (b *bundles) of(peer wire.Peer) *bundle {
	if b.last != nil && b.last.to == peer {
		return b.last
	}
	p := b.byPeer[peer]
	if p == nil && b.takes(peer) {
		p = b.begin(peer)
	}
	b.last = p
	return p
}

// begin opens a bundle for a peer that has none.
func (b *bundles) begin(peer wire.Peer) *bundle {
	p := new(bundle)
	if last := len(b.spare) - 1; last >= 0 {
		p, b.spare = b.spare[last], b.spare[:last]
	}
	p.to = peer
	b.byPeer[peer] = p
	b.open = append(b.open, p)
	return p
}

func (b *bundles) takes(peer wire.Peer) bool {
	_, young := b.young[peer]
	_, old := b.old[peer]
	return young || old
}

// close ends the turn: all bundles are empty, and free for others.
func (b *bundles) close() {
	clear(b.byPeer)
	b.last = nil
	b.spare = append(b.spare, b.open[:min(len(b.open), max(sparesMax-len(b.spare), 0))]...)
	clear(b.open)
	b.open = b.open[:0]
}

// posted is what the router has to flush: the sends of each message.
type posted struct {
	sends []*broker.Send
	ends  []int // in sends, of each message
}

func (p *posted) add(sends []*broker.Send) {
	p.sends = append(p.sends, sends...)
	p.ends = append(p.ends, len(p.sends))
}

// of returns the sends of the message at a place.
func (p *posted) of(place int) []*broker.Send {
	start := 0
	if place > 0 {
		start = p.ends[place-1]
	}
	return p.sends[start:p.ends[place]]
}

func (p *posted) reset() {
	clear(p.sends)
	p.sends, p.ends = p.sends[:0], p.ends[:0]
}
