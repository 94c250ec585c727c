package lean

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bcp/broker/wire"
	"bcp/scripts/benchmark/internal/load"
)

// handshakeMax is how long the broker may take to welcome all peers.
const handshakeMax = 30 * time.Second

// errSlow tells that the broker has not answered for long.
var errSlow = errors.New("the broker does not answer")

// peers are load.Peers on plain TCP sockets. They need no context: when the
// broker is gone so are its connections.
type peers struct {
	shape   load.Shape
	poller  *poller
	clients []*conn
	ready   int // peers that the broker has welcomed
}

// Open connects all peers and waits until the broker has welcomed them.
func Open(_ context.Context, shape load.Shape) (load.Peers, error) {
	p, err := newPeers(shape)
	if err != nil {
		return nil, err
	}
	for _, step := range []func() error{p.connectWorkers, p.connectClients, p.welcomed} {
		if err := step(); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	return p, nil
}

func newPeers(shape load.Shape) (*peers, error) {
	poller, err := newPoller()
	return &peers{shape: shape, poller: poller}, err
}

func (p *peers) connectWorkers() error {
	for n := range p.shape.Workers {
		if _, err := p.dial(wire.BCP2Worker, newWorker(n, p.shape.Slots, &p.ready)); err != nil {
			return fmt.Errorf("connect worker %d: %w", n, err)
		}
	}
	return nil
}

func (p *peers) connectClients() error {
	for n := range p.shape.Clients {
		c, err := p.dial(wire.BCP2Client, newClient(p.shape.BodySize, &p.ready))
		if err != nil {
			return fmt.Errorf("connect client %d: %w", n, err)
		}
		p.clients = append(p.clients, c)
	}
	return nil
}

// welcomed waits until the broker has welcomed all peers.
func (p *peers) welcomed() error {
	return p.until(handshakeMax, func() bool { return p.ready == p.shape.Workers+p.shape.Clients })
}

func (p *peers) dial(d wire.Dialect, who peer) (*conn, error) {
	c, err := dial(p.shape.Address, d, who)
	if err != nil {
		return nil, err
	}
	return c, p.poller.add(c)
}

// until serves the connections until done, and no longer than the limit.
func (p *peers) until(limit time.Duration, done func() bool) error {
	end := time.Now().Add(limit)
	late := false
	err := p.poller.run(func() bool {
		late = time.Now().After(end)
		return late || done()
	})
	if err == nil && late && !done() {
		return errSlow
	}
	return err
}

// Lone implements load.Peers.
func (p *peers) Lone(_ context.Context, d time.Duration) ([]time.Duration, error) {
	var took []time.Duration
	c := p.clients[0]
	who := c.peer.(*client)
	for end := time.Now().Add(d); time.Now().Before(end); {
		began := time.Now()
		if err := who.next(c); err != nil {
			return nil, err
		}
		if err := p.poller.flush(c); err != nil {
			return nil, err
		}
		if err := p.until(handshakeMax, func() bool { return who.open == 0 }); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// Load implements load.Peers.
func (p *peers) Load(_ context.Context, warm, d time.Duration, mark func(ended int)) error {
	if err := p.fill(); err != nil {
		return err
	}
	if err := p.serve(warm); err != nil {
		return err
	}
	mark(p.ended())
	if err := p.serve(d); err != nil {
		return err
	}
	mark(p.ended())
	return p.drain()
}

// Idle implements load.Peers.
func (p *peers) Idle(_ context.Context, d time.Duration) error { return p.serve(d) }

// fill puts the outstanding tasks into the broker, and has others follow those that end.
func (p *peers) fill() error {
	for _, c := range p.clients {
		c.peer.(*client).refill = true
	}
	return p.submit(p.shape.Outstanding)
}

// submit submits so many tasks, as many by each client.
func (p *peers) submit(tasks int) error {
	for i := range tasks {
		c := p.clients[i%len(p.clients)]
		if err := c.peer.(*client).next(c); err != nil {
			return err
		}
	}
	for _, c := range p.clients {
		if err := p.poller.flush(c); err != nil {
			return err
		}
	}
	return nil
}

// serve serves the connections for the duration.
func (p *peers) serve(d time.Duration) error {
	end := time.Now().Add(d)
	return p.poller.run(func() bool { return !time.Now().Before(end) })
}

// drain lets what is in the broker end.
func (p *peers) drain() error {
	for _, c := range p.clients {
		c.peer.(*client).refill = false
	}
	return p.until(handshakeMax, func() bool { return p.sum(func(cl *client) int { return cl.open }) == 0 })
}

func (p *peers) ended() int { return p.sum(func(cl *client) int { return cl.ended }) }

// sum adds up what the clients have counted.
func (p *peers) sum(count func(*client) int) (sum int) {
	for _, c := range p.clients {
		sum += count(c.peer.(*client))
	}
	return sum
}

// Close implements load.Peers.
func (p *peers) Close() error { return p.poller.close() }
