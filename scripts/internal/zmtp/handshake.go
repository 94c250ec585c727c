package zmtp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// greetingSize is the length of a greeting: signature, version, mechanism,
// as-server and filler.
const greetingSize = 64

// ErrPeer tells that the other side does not speak ZMTP 3 without encryption.
var ErrPeer = errors.New("peer does not speak ZMTP 3.x with the NULL mechanism")

// Dial connects to an endpoint and opens the connection by Handshake. Both wait.
func Dial(ctx context.Context, endpoint string) (net.Conn, error) {
	address, ok := strings.CutPrefix(endpoint, "tcp://")
	if !ok {
		return nil, fmt.Errorf("address %s: tcp://HOST:PORT is accepted", endpoint)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if err := Handshake(conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// Handshake opens the stream as a DEALER without a routing id. It reads not a
// byte more than belongs to the handshake.
func Handshake(conn io.ReadWriter) error { return HandshakeAs(conn, "") }

// HandshakeAs is Handshake with a routing id, of at most 255 bytes.
func HandshakeAs(conn io.ReadWriter, id string) error {
	if _, err := conn.Write(Greeting()); err != nil {
		return fmt.Errorf("send greeting: %w", err)
	}
	theirs := make([]byte, greetingSize)
	if _, err := io.ReadFull(conn, theirs); err != nil {
		return fmt.Errorf("read greeting: %w", err)
	}
	if theirs[0] != 0xff || theirs[9] != 0x7f || theirs[10] != 3 || !bytes.HasPrefix(theirs[12:], []byte("NULL\x00")) {
		return ErrPeer
	}
	if _, err := conn.Write(Ready(id)); err != nil {
		return fmt.Errorf("send READY: %w", err)
	}
	return readReady(conn)
}

// Greeting is what a peer says first.
func Greeting() []byte {
	g := make([]byte, greetingSize)
	g[0], g[9] = 0xff, 0x7f // signature
	g[10] = 3               // version 3.0
	copy(g[12:], "NULL")
	return g
}

// Ready is the command that ends the handshake: its name, then properties.
func Ready(id string) []byte {
	body := []byte("\x05READY")
	body = append(body, "\x0bSocket-Type\x00\x00\x00\x06DEALER"...)
	if id != "" {
		body = append(body, "\x08Identity\x00\x00\x00"...)
		body = append(append(body, byte(len(id))), id...)
	}
	return appendFrame(nil, flagCommand, body)
}

func readReady(conn io.Reader) error {
	var head [2]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return fmt.Errorf("read READY: %w", err)
	}
	if head[0] != flagCommand {
		return ErrPeer
	}
	body := make([]byte, head[1])
	if _, err := io.ReadFull(conn, body); err != nil {
		return fmt.Errorf("read READY: %w", err)
	}
	if !bytes.HasPrefix(body, []byte("\x05READY")) {
		return ErrPeer
	}
	return nil
}
