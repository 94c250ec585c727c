package zmtp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
)

// greetingSize is the length of a greeting: signature, version, mechanism,
// as-server and filler.
const greetingSize = 64

// Dial connects to an endpoint, tcp://HOST:PORT or ipc://PATH, and opens the
// connection by Handshake. Both wait.
func Dial(ctx context.Context, endpoint string) (net.Conn, error) {
	network, addr, err := address(endpoint)
	if err != nil {
		return nil, fmt.Errorf("address %s: %w", endpoint, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, connectMax, errSlow)
	defer cancel()
	conn, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = Handshake(conn, "")
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

var errSlow = fmt.Errorf("the other side does not open the connection within %v: %w", connectMax, ErrPeer)

var dialer = net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
	Enable: true, Idle: keepaliveIdle, Interval: keepaliveEvery, Count: keepaliveCount,
}}

// Handshake opens the stream as a DEALER with a routing id of at most 255 bytes, "" for
// none. It reads not a byte more than belongs to the handshake.
func Handshake(conn io.ReadWriter, id string) error {
	if _, err := conn.Write(Greeting()); err != nil {
		return fmt.Errorf("send greeting: %w", err)
	}
	theirs := make([]byte, greetingSize)
	if _, err := io.ReadFull(conn, theirs); err != nil {
		return fmt.Errorf("read greeting: %w", err)
	}
	if bytes.HasPrefix(theirs, []byte("HTTP/")) {
		return ErrHTTP
	}
	if theirs[0] != 0xff || theirs[9] != 0x7f || theirs[10] < 3 || !bytes.HasPrefix(theirs[12:], []byte("NULL\x00")) {
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

// readReady reads the peer's READY, or why it gives none.
func readReady(conn io.Reader) error {
	var b [9]byte
	_, err := io.ReadFull(conn, b[:2])
	if err == nil && b[0]&flagLong != 0 {
		_, err = io.ReadFull(conn, b[2:])
	}
	if err != nil {
		return fmt.Errorf("read READY: %w", err)
	}
	flags, _, size, err := head(b[:])
	if err != nil || flags&flagCommand == 0 || size > readyMax {
		return ErrPeer
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(conn, body); err != nil {
		return fmt.Errorf("read READY: %w", err)
	}
	if reason, ok := bytes.CutPrefix(body, []byte("\x05ERROR")); ok && len(reason) > 0 {
		return fmt.Errorf("%w: it says %q", ErrPeer, reason[1:])
	}
	if !bytes.HasPrefix(body, []byte("\x05READY")) {
		return ErrPeer
	}
	return nil
}
