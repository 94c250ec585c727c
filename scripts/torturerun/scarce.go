package main

import (
	"context"
	"fmt"
)

const (
	// scarceFiles is how many files the broker may have open: fewer than a crowd needs.
	scarceFiles = 128

	scarceWaves = 2

	// scarceTasks have to be acknowledged while it has no descriptor left.
	scarceTasks = 20
)

// scarceRound has a thousand connections come to a broker that may open far fewer files,
// and go: those who are connected work on, and when the others are gone, who wants to
// come can.
func scarceRound(ctx context.Context, r *rig) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	r.args = []string{"--listen", address}
	r.wrap = func(int) []string {
		return []string{"sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$@"`, scarceFiles), "sh"}
	}
	ctx, cancel := r.bounded(ctx)
	defer cancel()
	r.supervise(ctx)
	c := &crowding{rig: r, peers: newAttacker(r, address)}
	l := newLedger(r)
	l.small = true // who has sent a large body waits for the descriptor that it needs
	l.runWhile(ctx, func() { c.besiege(ctx, l) })
	l.run(ctx, scarceTasks) // with a client and workers that are new
	r.stop()
	l.check()
	if r.lives != 1 {
		r.find("the broker had %d lives, and nobody has ended it", r.lives)
	}
	return nil
}

// besiege takes all descriptors of the broker, and gives them back.
func (c *crowding) besiege(ctx context.Context, l *ledger) {
	if !c.reach() {
		return
	}
	l.awaitAccepted(ctx, 1)
	broker := c.rig.current()
	before := openFiles(broker)
	for range scarceWaves {
		c.rig.fault()
		for range crowd {
			conn, err := c.peers.connect()
			if err != nil {
				c.rig.find("connect: %v", err)
				break
			}
			c.conns = append(c.conns, conn)
		}
		c.settles(ctx, "no descriptor should be left", func() bool { return openFiles(broker) >= scarceFiles-1 })
		l.awaitAccepted(ctx, scarceTasks)
		c.leave()
		c.settles(ctx, "files open after a crowd", func() bool { return openFiles(broker) <= before+crowdFiles })
	}
}
