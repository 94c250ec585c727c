package main

import (
	"fmt"
	"io"
	"net"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmtp"
	"bcp/journal"
)

// attack is something that no peer would do.
type attack struct {
	name string
	do   func(*attacker) error // an error tells that there was no connection to do it over
}

// Each attack is bounded, so that what comes of it is of the broker's making.
const (
	manyConns = 100
	floodMax  = 4 << 20 // bytes of one flood
	hugeMax   = 2 << 30 // bytes of one message
)

var attacks = []attack{
	{"random bytes", each(5, (*attacker).connect, func(a *attacker, c net.Conn) { shout(c, a.random(4096), 64<<10) })},
	{"greetings that are wrong", each(20, (*attacker).connect, func(a *attacker, c net.Conn) { _, _ = c.Write(a.wrongGreeting()) })},
	{"half a handshake", each(20, (*attacker).connect, func(a *attacker, c net.Conn) {
		all := append(zmtp.Greeting(), zmtp.Ready("")...)
		_, _ = c.Write(all[:a.rand.IntN(len(all))])
	})},
	{"a handshake with random properties", each(20, (*attacker).connect, func(a *attacker, c net.Conn) {
		ready := zmtp.Ready(string(a.random(200)))
		ready[3+a.rand.IntN(len(ready)-3)] ^= byte(1 + a.rand.IntN(255))
		_, _ = c.Write(append(zmtp.Greeting(), ready...))
	})},
	{"random bytes after the handshake", eachOpen(20, func(a *attacker, c net.Conn) { shout(c, a.random(1000), 8<<10) })},
	{"commands that there are not", eachOpen(20, func(a *attacker, c net.Conn) {
		for _, name := range []string{"\x04PING", "\x04PONG", "\x09SUBSCRIBE", "\x05READY", "\x05ERROR", "\xff", ""} {
			body := append([]byte(name), a.random(a.rand.IntN(300))...)
			_, _ = c.Write(frame(flagCommand, uint64(len(body)), body))
		}
	})},
	{"frames of a size that there is not", eachOpen(5, func(a *attacker, c net.Conn) {
		size := []uint64{1 << 62, 1<<63 + 1, 1<<64 - 1, 1 << 31, 1 << 32, 200 << 20}[a.rand.IntN(6)]
		_, _ = c.Write(frame(byte(a.rand.IntN(2)), size, nil))
		shout(c, make([]byte, 64<<10), 4<<20)
	})},
	{"messages without an end", eachOpen(1, func(a *attacker, c net.Conn) {
		n := []int{0, 1, 1000, 64 << 10, 1 << 20}[a.rand.IntN(5)]
		one := frame(flagMore, uint64(n), make([]byte, n))
		for len(one) < 64<<10 {
			one = append(one, one...)
		}
		_ = c.SetDeadline(time.Now().Add(4 * rawMax))
		shout(c, one, hugeMax)
	})},
	{"empty frames", eachOpen(1, func(a *attacker, c net.Conn) { shout(c, make([]byte, 64<<10), floodMax) })},
	{"empty frames of one message", eachOpen(2, func(a *attacker, c net.Conn) {
		var b []byte
		for range 32 << 10 {
			b = append(b, flagMore, 0)
		}
		shout(c, b, floodMax)
		_, _ = c.Write([]byte{0, 0})
	})},
	{"silence", func(a *attacker) error { return a.silence() }},
	{"routing ids that are taken", func(a *attacker) error { return a.impersonate() }},
	{"floods of what can be said", eachOpen(1, func(a *attacker, c net.Conn) {
		shout(c, a.valid(), floodMax)
		_, _ = io.CopyN(io.Discard, c, 1<<20)
	})},
	{"floods without reading", eachOpen(1, func(a *attacker, c net.Conn) { shout(c, a.valid(), 4*floodMax) })},
	{"mutants of what can be said", eachOpen(10, func(a *attacker, c net.Conn) {
		for range 2000 {
			if _, err := c.Write(a.mutant()); err != nil {
				return
			}
		}
	})},
	{"strangers", each(manyConns, func(a *attacker) (net.Conn, error) { return a.open(string(a.random(1 + a.rand.IntN(255)))) }, func(a *attacker, c net.Conn) {
		_, _ = c.Write(say(wire.BCP2Client, &wire.Hello{Session: fmt.Sprintf("evil-%d", a.rand.Uint64())}))
	})},
}

// each does something over so many connections, one after another, and drops each.
func each(n int, open func(*attacker) (net.Conn, error), do func(*attacker, net.Conn)) func(*attacker) error {
	return func(a *attacker) error {
		for range n {
			c, err := open(a)
			if err != nil {
				return err
			}
			do(a, c)
			_ = c.Close()
		}
		return nil
	}
}

func eachOpen(n int, do func(*attacker, net.Conn)) func(*attacker) error {
	return each(n, func(a *attacker) (net.Conn, error) { return a.open("") }, do)
}

func (a *attacker) wrongGreeting() []byte {
	g := zmtp.Greeting()
	switch a.rand.IntN(5) {
	case 0:
		g[10], g[11] = byte(a.rand.IntN(256)), byte(a.rand.IntN(256)) // versions
	case 1:
		copy(g[12:], "CURVE")
	case 2:
		copy(g[12:32], a.random(20))
	case 3:
		g = append([]byte{0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1, 5}, a.random(20)...) // ZMTP 2
	default:
		g = append([]byte{1, 0}, a.random(20)...) // ZMTP 1
	}
	return g
}

// silence holds connections that say nothing, before the handshake and after it.
func (a *attacker) silence() error {
	for i := range manyConns {
		open := a.connect
		if i%2 == 0 {
			open = func() (net.Conn, error) { return a.open("") }
		}
		c, err := open()
		if err != nil {
			return err
		}
		defer c.Close()
	}
	c, err := a.open("")
	if err != nil {
		return err
	}
	defer c.Close()
	return exchange(c, say(wire.BCP2Client, &wire.Hello{Session: "evil-last"}))
}

// impersonate takes the routing id of a client that lives, and speaks as it. Only
// who came first is heard, and gets the answers.
func (a *attacker) impersonate() error {
	id := fmt.Sprintf("victim-%d", a.rand.Uint64())
	victim, err := a.open(id)
	if err != nil {
		return err
	}
	defer victim.Close()
	if err := exchange(victim, say(wire.BCP2Client, &wire.Hello{Session: id})); err != nil {
		return err
	}
	thief, err := a.open(id)
	if err != nil {
		return err
	}
	defer thief.Close()
	_, _ = thief.Write(say(wire.BCP2Client, &wire.Leave{}, &wire.Hello{Session: "evil-thief"}))
	return exchange(victim, say(wire.BCP2Client, &wire.Query{Req: 1, Key: "no such key"}))
}

// exchange says something and waits for an answer.
func exchange(c net.Conn, b []byte) error {
	if _, err := c.Write(b); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, 2))
	return err
}

// evil names a task that is nobody's, or is by chance.
func (a *attacker) evil() wire.Ref {
	var id journal.ID
	copy(id[:], a.random(len(id)))
	return wire.Ref{Task: id, Attempt: 1 + uint32(a.rand.IntN(3))}
}

// valid is a run of messages that a peer may say, though not one like this.
func (a *attacker) valid() []byte {
	ref := a.evil()
	tasks := make([]journal.ID, 1000)
	for i := range tasks {
		tasks[i] = a.evil().Task
	}
	client := []wire.Message{
		&wire.Hello{Session: "evil"}, &wire.Beat{}, &wire.Query{Req: 1, Task: ref.Task}, &wire.Wait{Req: 2, Tasks: tasks}, &wire.Find{Req: 3},
		&wire.EndedAck{Task: ref.Task}, &wire.Cancel{Req: 4, Task: ref.Task}, &wire.Limit{Req: 5, Do: wire.LimitList},
		&wire.Submit{Req: 6, Spec: &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "s"}, Key: "evil", Tries: 1}, Body: []byte("echo")},
	}
	worker := []wire.Message{
		&wire.Register{Name: "w0", Instance: [16]byte{1}, Services: []string{"evil"}, Slots: 1}, &wire.WorkerBeat{},
		&wire.Begun{Ref: ref}, &wire.Outcome{Ref: ref, Verdict: wire.VerdictDone, Payload: []byte("wrong")},
		&wire.Progress{Ref: ref, Text: "wrong"}, &wire.Checkpoint{Ref: ref, Seq: 1, State: []byte("wrong")},
	}
	if a.rand.IntN(2) == 0 {
		return say(wire.BCP2Client, client...)
	}
	return say(wire.BCP2Worker, worker...)
}

// mutant is such a run with a few bytes changed, its frames still whole now and then.
func (a *attacker) mutant() []byte {
	b := a.valid()
	b = b[:min(len(b), 400)]
	for range 1 + a.rand.IntN(3) {
		b[a.rand.IntN(len(b))] = byte(a.rand.Uint32())
	}
	return b
}
