package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// A broker has a host of its own, with one line to this one.
//
//	workers, clients            bcp-broker
//	10.77.0.1  ====== veth ====== 10.77.0.2
//	10.77.0.3, after a move
const brokerAddress = "10.77.0.2"

var ourAddresses = [2]string{"10.77.0.1", "10.77.0.3"}

// host is a network namespace, and the two ends of the line to it.
type host struct {
	name, near, far string
	moves           int // how often this side has got another address
}

// nowhere is what is sent to the broker's host while the line is down, or this side has no
// address: without it that would leave by another line, where somebody else may answer.
var nowhere = []string{"unreachable", "10.77.0.0/29", "metric", "9999"}

// ours is the address of this side.
func (h *host) ours() string { return ourAddresses[h.moves%2] }

// newHost makes a network namespace, whose names are this process's own.
func newHost() (*host, error) {
	pid := os.Getpid() % 100000
	h := &host{name: fmt.Sprintf("bcpt%d", pid), near: fmt.Sprintf("bcpt%da", pid), far: fmt.Sprintf("bcpt%db", pid)}
	for _, args := range [][]string{
		append([]string{"route", "replace"}, nowhere...),
		{"netns", "add", h.name},
		{"link", "add", h.near, "type", "veth", "peer", "name", h.far},
		{"link", "set", h.far, "netns", h.name},
		{"addr", "add", h.ours() + "/29", "dev", h.near},
		{"link", "set", h.near, "up"},
		{"-n", h.name, "addr", "add", brokerAddress + "/29", "dev", h.far},
		{"-n", h.name, "link", "set", h.far, "up"},
		{"-n", h.name, "link", "set", "lo", "up"},
	} {
		if err := command("ip", args...); err != nil {
			h.remove()
			return nil, err
		}
	}
	return h, nil
}

func (h *host) remove() {
	_ = command("ip", "link", "del", h.near) // some of it may not be there
	_ = command("ip", "netns", "del", h.name)
	_ = command("ip", "route", "del", "blackhole", brokerAddress)
	_ = command("ip", append([]string{"route", "del"}, nowhere...)...)
}

// A cut is how a line is cut, and how it is mended.
type cut struct{ cut, mend []string }

// cuts returns the ways to cut the line: whole, or in one direction.
func (h *host) cuts() []cut {
	return []cut{
		{[]string{"link", "set", h.near, "down"}, []string{"link", "set", h.near, "up"}},
		{[]string{"route", "add", "blackhole", brokerAddress}, []string{"route", "del", "blackhole", brokerAddress}},
		{
			[]string{"-n", h.name, "route", "add", "blackhole", h.ours()},
			[]string{"-n", h.name, "route", "del", "blackhole", h.ours()},
		},
	}
}

// do cuts the line for a while.
func (c *cut) do(ctx context.Context, d time.Duration) error {
	if err := command("ip", c.cut...); err != nil {
		return err
	}
	pause(ctx, d)
	return command("ip", c.mend...)
}

// lose has the line lose what is sent, for so long: one packet in five in either
// direction, or, where the kernel has nothing for that, all of them in one direction,
// for moments.
func (h *host) lose(ctx context.Context, r *rig, d time.Duration) error {
	if h.netem("add") == nil {
		pause(ctx, d)
		return h.netem("del")
	}
	way := h.cuts()[1+r.rand.IntN(2)]
	for late := time.Now().Add(d); time.Now().Before(late) && ctx.Err() == nil; pause(ctx, r.upTo(80*time.Millisecond)) {
		if err := way.do(ctx, r.upTo(40*time.Millisecond)); err != nil {
			return err
		}
	}
	return nil
}

func (h *host) netem(verb string) error {
	for _, args := range [][]string{
		{"qdisc", verb, "dev", h.near, "root", "netem", "loss", "20%"},
		{"-n", h.name, "qdisc", verb, "dev", h.far, "root", "netem", "loss", "20%"},
	} {
		if err := command("tc", args...); err != nil {
			return err
		}
	}
	return nil
}

// move gives this side another address. Every connection is half open from then on:
// neither side is told that the other one is not there any more.
func (h *host) move() error {
	if err := command("ip", "addr", "del", h.ours()+"/29", "dev", h.near); err != nil {
		return err
	}
	h.moves++
	return command("ip", "addr", "add", h.ours()+"/29", "dev", h.near)
}

// harm does one of those, at most for longer than anybody waits.
func (h *host) harm(ctx context.Context, r *rig) error {
	switch i := r.rand.IntN(5); i {
	case 3:
		return h.lose(ctx, r, r.upTo(2500*time.Millisecond))
	case 4:
		return h.move()
	default:
		return h.cuts()[i].do(ctx, r.upTo(2500*time.Millisecond))
	}
}

// netRound harms the line to the broker's host.
func netRound(ctx context.Context, r *rig) error {
	h, err := newHost()
	if err != nil {
		return err
	}
	defer h.remove()
	r.listen = "tcp://" + brokerAddress + ":5555"
	r.args = []string{"--insecure"}
	r.wrap = func(int) []string { return []string{"ip", "netns", "exec", h.name} }
	return disturb(ctx, r, 60, func(*fleet) error { return h.harm(ctx, r) })
}

// needHosts tells whether network namespaces can be made here.
func needHosts() string {
	h, err := newHost()
	if err != nil {
		return fmt.Sprintf("no network namespace can be made here: %v", err)
	}
	h.remove()
	return ""
}
