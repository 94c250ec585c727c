package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"bcp/broker/wire"
	"bcp/scripts/internal/process"
)

const (
	crowd      = 1000 // connections at a time
	crowdWaves = 4

	// crowdFiles is how many files more than before the crowd the broker may have open
	// afterwards: those of its own that come and go.
	crowdFiles = 16

	// crowdMemory is how much more memory the broker may have after the last wave than
	// after the one before. The first ones make its tables, and libzmq's, which stay;
	// what is forgotten of a connection comes with each wave: 12 KiB would be found.
	crowdMemory = 12 << 20

	// crowdRest is how long the broker knows sessions and workers that have gone
	// without a word: four times three heartbeats, or a worker's grace after three.
	crowdRest = 2700 * time.Millisecond

	// crowdMax is how long it may take until the files are closed.
	crowdMax = 20 * time.Second
)

// crowdRound has connections come and go, a third of them silent, a third clients, a
// third workers, while others work on.
func crowdRound(ctx context.Context, r *rig) error {
	_, err := r.besieged(ctx, func(ctx context.Context, peers *attacker) {
		(&crowding{rig: r, peers: peers}).run(ctx)
	})
	return err
}

// crowding are connections that come and go.
type crowding struct {
	rig   *rig
	peers *attacker
	conns []net.Conn
}

func (c *crowding) run(ctx context.Context) {
	if !c.reach() {
		return
	}
	broker := c.rig.current()
	before := openFiles(broker)
	var used [crowdWaves]int64 // bytes
	for wave := range used {
		c.rig.fault()
		for i := range crowd {
			if err := c.come(i); err != nil {
				c.rig.find("connection %d of wave %d: %v", i, wave, err)
				break
			}
		}
		c.settles(ctx, "files open in a crowd", func() bool { return openFiles(broker) >= before+crowd })
		c.leave()
		c.settles(ctx, "files open after a crowd", func() bool { return openFiles(broker) <= before+crowdFiles })
		pause(ctx, crowdRest)
		used[wave] = memory(broker)
	}
	if used[crowdWaves-1] > used[crowdWaves-2]+crowdMemory {
		c.rig.find("memory after waves of %d connections: %d bytes", crowd, used)
	}
}

// reach waits until the broker can be reached.
func (c *crowding) reach() bool {
	conn, err := c.peers.connect()
	if err != nil {
		c.rig.find("connect: %v", err)
		return false
	}
	_ = conn.Close()
	return true
}

// come opens one more connection.
func (c *crowding) come(i int) error {
	conn, err := c.peers.open("")
	if err != nil {
		return err
	}
	c.conns = append(c.conns, conn)
	switch i % 3 {
	case 1:
		_, err = conn.Write(say(wire.BCP2Client, &wire.Hello{Session: fmt.Sprintf("crowd-%d", i)}))
	case 2:
		_, err = conn.Write(say(wire.BCP2Worker, &wire.Register{
			Name: fmt.Sprintf("crowd-%d", i), Instance: [16]byte{1}, Slots: 1, Services: []string{fmt.Sprintf("crowd-%d", i%7)},
		}))
	}
	return err
}

// leave closes all connections, without a word.
func (c *crowding) leave() {
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// settles waits until something is so, and notes if it never is.
func (c *crowding) settles(ctx context.Context, what string, so func() bool) {
	for late := time.Now().Add(crowdMax); !so(); pause(ctx, 20*time.Millisecond) {
		if time.Now().After(late) || ctx.Err() != nil {
			p := c.rig.current()
			c.rig.find("%s: %d files and %d MiB of memory now", what, openFiles(p), memory(p)>>20)
			return
		}
	}
}

// openFiles counts the files that a process has open.
func openFiles(p *process.Process) int {
	open, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.PID()))
	return len(open)
}
