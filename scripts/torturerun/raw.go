package main

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmtp"
)

// Flags of a ZMTP frame.
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

// attacker is a peer that says what it likes, over connections of its own.
type attacker struct {
	addresses []string // of the broker, tcp:// and ipc://
	rand      *rand.Rand
}

// newAttacker returns one whose chance follows from the round's.
func newAttacker(r *rig, addresses ...string) *attacker {
	return &attacker{addresses: addresses, rand: rand.New(rand.NewPCG(r.rand.Uint64(), 0))}
}

// rawMax is how long a write to the broker, or a read from it, may take: it need not
// read what nobody would send.
const rawMax = 2 * time.Second

// connectMax is how long a broker may be away: it is started again.
const connectMax = 10 * time.Second

// insist opens a connection, also if the broker is not there for a while.
func insist(open func() (net.Conn, error)) (c net.Conn, err error) {
	for late := time.Now().Add(connectMax); time.Now().Before(late); time.Sleep(10 * time.Millisecond) {
		if c, err = open(); err == nil {
			return c, nil
		}
	}
	return nil, err
}

// connect opens a connection and says nothing.
func (a *attacker) connect() (net.Conn, error) { return insist(a.dial) }

func (a *attacker) dial() (net.Conn, error) {
	address := a.addresses[a.rand.IntN(len(a.addresses))]
	network := "unix"
	address, isTCP := strings.CutPrefix(address, "tcp://")
	if isTCP {
		network = "tcp"
	}
	c, err := net.Dial(network, strings.TrimPrefix(address, "ipc://"))
	if err == nil {
		err = c.SetDeadline(time.Now().Add(rawMax))
	}
	return c, err
}

// open is connect with a handshake, under a routing id or none.
func (a *attacker) open(id string) (net.Conn, error) {
	return insist(func() (net.Conn, error) {
		c, err := a.dial()
		if err != nil {
			return nil, err
		}
		if err := zmtp.Handshake(c, id); err != nil {
			_ = c.Close()
			return nil, err
		}
		return c, nil
	})
}

// shout writes again and again, until the broker doesn't take it any more or as much
// was written as there may be.
func shout(w io.Writer, b []byte, bytesMax int) {
	for n := 0; n < bytesMax; n += len(b) {
		if _, err := w.Write(b); err != nil {
			return
		}
	}
}

// frame is a frame with any flags, and any size that it says.
func frame(flags byte, size uint64, body []byte) []byte {
	b := binary.BigEndian.AppendUint64([]byte{flags | flagLong}, size)
	return append(b, body...)
}

// say encodes messages of a dialect, one after another.
func say(d wire.Dialect, messages ...wire.Message) (b []byte) {
	for _, m := range messages {
		frames, err := wire.Encode(nil, d, m)
		if err != nil {
			panic(err) // it is written here, and can be said
		}
		b = zmtp.Append(b, frames)
	}
	return b
}

func (a *attacker) random(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(a.rand.Uint32())
	}
	return b
}
