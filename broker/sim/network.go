package sim

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"bcp/broker/wire"
)

// backlogMax is how many messages a socket keeps for a broker that is away.
const backlogMax = 100

// network carries frames between the peers' sockets and the broker.
type network struct {
	w      *world
	conns  []*conn // open ones, in the order of opening
	routes map[string]*conn
	opened int // counts the routes
}

// conn is a peer's socket. The peer doesn't see its link to the broker break
// and come back: then its route is another one, unless it has a routing id of
// its own.
type conn struct {
	owner    string
	own      string // routing id of its own, or ""
	reliable bool   // loses nothing: for peers that say everything once
	ordered  bool   // what the broker sends keeps its order
	take     func(frames [][]byte)

	net     *network
	open    bool
	route   string // "" while the broker is away
	link    int    // counts the links: what was on its way over an earlier one is lost
	backlog [][][]byte

	deafTill       time.Duration // the peer doesn't read until then
	upCut, downCut time.Duration // nothing arrives until then
	lastUp         time.Duration // when the last message arrives, for the order
	lastDown       time.Duration
}

func newNetwork(w *world) *network {
	return &network{w: w, routes: make(map[string]*conn)}
}

// open opens a socket.
func (n *network) open(c conn) *conn {
	made := &c
	made.net, made.open = n, true
	n.conns = append(n.conns, made)
	if n.w.broker.up {
		n.connect(made)
	}
	return made
}

// connect links a socket to the broker and sends what waited for that.
func (n *network) connect(c *conn) {
	n.opened++
	if c.route = c.own; c.route == "" {
		c.route = fmt.Sprint("\x00route-", n.opened)
	}
	n.routes[c.route] = c
	n.w.note("net: %s is %q", c.owner, c.route)
	waiting := c.backlog
	c.backlog = nil
	for _, frames := range waiting {
		c.send(frames)
	}
}

// disconnect breaks a socket's link.
func (n *network) disconnect(c *conn) {
	if n.routes[c.route] == c {
		delete(n.routes, c.route)
	}
	c.route = ""
	c.link++
}

// reset breaks a link, which comes back at once.
func (n *network) reset(c *conn) {
	n.w.note("net: reset of %q", c.route)
	n.disconnect(c)
	n.connect(c)
}

// close closes a socket. What waited for a link is lost.
func (c *conn) close() {
	c.open = false
	for _, frames := range c.backlog {
		c.net.w.oracle.lost(frames, wire.ToBroker)
	}
	c.net.disconnect(c)
	c.net.conns = slices.DeleteFunc(c.net.conns, func(o *conn) bool { return o == c })
}

// brokerGone breaks all links.
func (n *network) brokerGone() {
	for _, c := range n.conns {
		n.disconnect(c)
	}
}

// brokerBack links all sockets again.
func (n *network) brokerBack() {
	for _, c := range slices.Clone(n.conns) {
		if c.route == "" {
			n.connect(c)
		}
	}
}

// send sends frames to the broker. Without a link they may wait for one.
func (c *conn) send(frames [][]byte) {
	w := c.net.w
	frames = copied(frames)
	switch {
	case c.route == "" && (c.reliable || len(c.backlog) < backlogMax && w.chance(500)):
		c.backlog = append(c.backlog, frames)
	case c.route == "" || c.lost(c.upCut):
		w.note("net: lost from %s", c.owner)
	default:
		c.carry(&c.lastUp, c.reliable, func(route string, whole bool) { c.arrive(route, whole, frames) })
	}
}

// arrive gives the broker what came over a link, if that is still whole.
func (c *conn) arrive(route string, whole bool, frames [][]byte) {
	switch w := c.net.w; {
	case c.reliable && c.open && !whole:
		c.send(frames)
	case w.broker.up && (whole || c.reliable):
		w.broker.receive(route, frames)
	default:
		w.note("net: lost from %s with its link", c.owner)
		w.oracle.lost(frames, wire.ToBroker)
	}
}

// deliver sends frames to a peer. False when there is none at the route, or one
// that doesn't read.
func (n *network) deliver(route string, frames [][]byte) bool {
	c := n.routes[route]
	if c == nil || c.deafTill > n.w.now {
		return false
	}
	frames = copied(frames)
	if c.lost(c.downCut) {
		n.w.note("net: lost to %s", c.owner)
		return true
	}
	c.carry(&c.lastDown, c.reliable || c.ordered, func(_ string, whole bool) {
		if c.open && (whole || c.reliable) {
			c.take(frames)
			return
		}
		n.w.note("net: lost to %s with its link", c.owner)
		n.w.oracle.lost(frames, wire.ToPeer)
	})
	return true
}

// lost tells whether a message is lost on its way.
func (c *conn) lost(cut time.Duration) bool {
	w := c.net.w
	return !c.reliable && (cut > w.now || w.fault(w.plan.drop))
}

// carry brings a message to the other side, in order unless the plan mixes
// messages, and perhaps twice.
func (c *conn) carry(last *time.Duration, ordered bool, arrive func(route string, whole bool)) {
	w := c.net.w
	at := w.now + w.upTo(w.plan.delay)
	if ordered || !w.fault(w.plan.reorder) {
		at = max(at, *last)
		*last = at
	}
	route, link := c.route, c.link
	once := func() { arrive(route, c.open && c.link == link) }
	w.after(at-w.now, once)
	if !ordered && w.fault(w.plan.double) {
		w.after(at-w.now+w.upTo(w.plan.delay), once)
	}
}

func copied(frames [][]byte) [][]byte {
	out := make([][]byte, len(frames))
	for i, f := range frames {
		out[i] = bytes.Clone(f)
	}
	return out
}

// peerName tells who has the other end of a route, for the trace.
func (n *network) peerName(p wire.Peer) string {
	if c := n.routes[p.Route]; c != nil {
		return c.owner
	}
	return p.Route
}

// linger lets what is on its way from the peer arrive although it closes.
func (c *conn) linger() { c.reliable = c.route != "" }
