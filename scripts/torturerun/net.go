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
const (
	ourAddress    = "10.77.0.1"
	brokerAddress = "10.77.0.2"
)

// host is a network namespace, and the two ends of the line to it.
type host struct{ name, near, far string }

// newHost makes a network namespace, whose names are this process's own.
func newHost() (*host, error) {
	pid := os.Getpid() % 100000
	h := &host{name: fmt.Sprintf("bcpt%d", pid), near: fmt.Sprintf("bcpt%da", pid), far: fmt.Sprintf("bcpt%db", pid)}
	for _, args := range [][]string{
		{"netns", "add", h.name},
		{"link", "add", h.near, "type", "veth", "peer", "name", h.far},
		{"link", "set", h.far, "netns", h.name},
		{"addr", "add", ourAddress + "/30", "dev", h.near},
		{"link", "set", h.near, "up"},
		{"-n", h.name, "addr", "add", brokerAddress + "/30", "dev", h.far},
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
}

// A cut is how a line is cut, and how it is mended.
type cut struct{ cut, mend []string }

// cuts returns the ways to cut the line: whole, or in one direction.
func (h *host) cuts() []cut {
	return []cut{
		{[]string{"link", "set", h.near, "down"}, []string{"link", "set", h.near, "up"}},
		{[]string{"route", "add", "blackhole", brokerAddress}, []string{"route", "del", "blackhole", brokerAddress}},
		{
			[]string{"-n", h.name, "route", "add", "blackhole", ourAddress},
			[]string{"-n", h.name, "route", "del", "blackhole", ourAddress},
		},
	}
}

// netRound cuts the line to the broker's host, whole or one way, for a moment or for
// longer than anybody waits.
func netRound(ctx context.Context, r *rig) error {
	h, err := newHost()
	if err != nil {
		return err
	}
	defer h.remove()
	r.listen = "tcp://" + brokerAddress + ":5555"
	r.args = []string{"--insecure"}
	r.wrap = func(int) []string { return []string{"ip", "netns", "exec", h.name} }
	return disturb(ctx, r, 60, func(*fleet) error {
		way := h.cuts()[r.rand.IntN(3)]
		if err := command("ip", way.cut...); err != nil {
			return err
		}
		pause(ctx, time.Duration(r.rand.IntN(2500))*time.Millisecond)
		return command("ip", way.mend...)
	})
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
