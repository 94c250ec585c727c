package lean

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"bcp/broker/wire"
	"bcp/broker/zmtp"
	"bcp/scripts/benchmark/internal/inflow"
)

// errGone tells that the broker has closed the connection.
var errGone = errors.New("the broker has closed the connection")

// peer is who speaks on a connection. It answers by conn.send.
type peer interface {
	hello(c *conn) error
	take(c *conn, m wire.Message) error
	beat(c *conn) error
}

// conn is one connection to the broker.
type conn struct {
	fd      int
	dialect wire.Dialect
	peer    peer

	encoder wire.Encoder
	decoder wire.Decoder
	in      inflow.Inflow
	out     []byte // to be written
	bundle  wire.Bundle
	bundles bool // messages go in bundles, for the broker has sent one
	written int  // bytes of these that are
	blocked bool // the kernel had no room: wait until the socket is writable
}

// dial connects and does the handshake, both of which wait.
func dial(address string, d wire.Dialect, p peer) (*conn, error) {
	stream, err := zmtp.Dial(context.Background(), address)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	fd, err := detach(stream.(syscall.Conn))
	if err != nil {
		return nil, err
	}
	return &conn{fd: fd, dialect: d, peer: p}, nil
}

// detach returns a descriptor of the connection that the Go runtime does not poll.
func detach(stream syscall.Conn) (int, error) {
	raw, err := stream.SyscallConn()
	if err != nil {
		return 0, err
	}
	fd := -1
	var dupErr error
	if err := raw.Control(func(s uintptr) { fd, dupErr = syscall.Dup(int(s)) }); err != nil {
		return 0, err
	}
	if dupErr != nil {
		return 0, fmt.Errorf("duplicate socket: %w", dupErr)
	}
	syscall.CloseOnExec(fd)
	return fd, syscall.SetNonblock(fd, true)
}

// send adds a message to what is written next.
func (c *conn) send(m wire.Message) error {
	frames, err := c.encoder.Encode(c.dialect, m)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	if c.bundles {
		if c.bundle.Add(frames) {
			return nil
		}
		c.pack()
		if c.bundle.Add(frames) {
			return nil
		}
	}
	c.out = zmtp.Append(c.out, frames)
	return nil
}

// pack adds the bundle to what is written next.
func (c *conn) pack() {
	if !c.bundle.Empty() {
		c.out = zmtp.Append(c.out, [][]byte{c.bundle.Frame()})
		c.bundle.Reset()
	}
}

// read takes in what has arrived, by way of a buffer that all connections
// share. One read that does not fill the buffer has emptied the socket.
func (c *conn) read(buffer []byte) error {
	for {
		n, err := syscall.Read(c.fd, buffer)
		switch {
		case err == syscall.EAGAIN:
			return nil
		case err == syscall.EINTR:
			continue
		case err != nil:
			return fmt.Errorf("read: %w", err)
		case n == 0:
			return errGone
		}
		if err := c.in.Take(buffer[:n], c.take); err != nil || n < len(buffer) {
			return err
		}
	}
}

// take takes in one message, or a command of ZMTP's own.
func (c *conn) take(frames [][]byte, command []byte) error {
	if command != nil {
		c.out = zmtp.AppendPong(c.out, command)
	}
	if len(frames) == 0 {
		return nil
	}
	if _, bundled := wire.IsBundle(frames); !bundled {
		return c.takeOne(frames)
	}
	c.bundles = true
	var failed error
	if err := wire.Unbundle(frames, func(inner [][]byte) { failed = errors.Join(failed, c.takeOne(inner)) }); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return failed
}

// takeOne takes in a message that stands alone or in a bundle. The broker is told
// once that bundles are taken; an older one refuses that, and is sent none.
func (c *conn) takeOne(frames [][]byte) error {
	_, m, err := c.decoder.Decode(frames, wire.ToPeer)
	if err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	switch m := m.(type) {
	case *wire.Welcome:
		c.out = zmtp.Append(c.out, [][]byte{wire.EmptyBundle(c.dialect)})
	case *wire.Refuse:
		if m.Code == wire.CodeUnsupported && m.Req == 0 {
			return nil
		}
	}
	return c.peer.take(c, m)
}

// flush writes what there is to write.
func (c *conn) flush() error {
	c.pack()
	for c.written < len(c.out) {
		n, err := syscall.Write(c.fd, c.out[c.written:])
		if err == syscall.EAGAIN {
			c.blocked = true
			return nil
		}
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
		c.written += n
	}
	c.out, c.written, c.blocked = c.out[:0], 0, false
	return nil
}
