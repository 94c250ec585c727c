package server

import (
	"bcp/broker"
	"bcp/broker/wire"
)

// bundle is a bundle to a peer, with the sends that are in it.
type bundle struct {
	to *bundler
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

// bundler is a peer that takes bundles, for it has sent one.
type bundler struct {
	wire.Peer
	open *bundle // of this turn; nil for none
}

// bundles knows which peers take bundles, and has those of this turn. It forgets peers
// that have sent none for long: they get single messages.
type bundles struct {
	young, old map[wire.Peer]*bundler // the young ones get old all at once
	last       *bundle                // that was asked for last, and often is again; nil for none
	open       []*bundle              // in the order of their first messages
	spare      []*bundle
}

func newBundles() bundles { return bundles{young: map[wire.Peer]*bundler{}} }

// learn takes in that a peer has sent a bundle.
func (b *bundles) learn(peer wire.Peer) {
	if b.young[peer] != nil {
		return
	}
	known := b.old[peer]
	if known == nil {
		known = &bundler{Peer: peer}
	}
	if len(b.young) >= bundlersMax {
		b.young, b.old = map[wire.Peer]*bundler{}, b.young
	}
	b.young[peer] = known
}

// of returns the bundle for a peer, nil if it takes none.
func (b *bundles) of(peer wire.Peer) *bundle {
	if b.last != nil && b.last.to.Peer == peer {
		return b.last
	}
	known := b.known(peer)
	if known == nil {
		return nil
	}
	if known.open == nil {
		known.open = b.unused()
		known.open.to = known
		b.open = append(b.open, known.open)
	}
	b.last = known.open
	return b.last
}

// unused returns an empty bundle.
func (b *bundles) unused() *bundle {
	last := len(b.spare) - 1
	if last < 0 {
		return new(bundle)
	}
	p := b.spare[last]
	b.spare = b.spare[:last]
	return p
}

// known returns a peer that takes bundles, nil for one that doesn't.
func (b *bundles) known(peer wire.Peer) *bundler {
	if known := b.young[peer]; known != nil {
		return known
	}
	return b.old[peer]
}

// close ends the turn: all bundles are empty, and free for others.
func (b *bundles) close() {
	for _, p := range b.open {
		p.to.open, p.to = nil, nil
	}
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
