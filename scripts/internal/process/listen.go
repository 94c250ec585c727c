package process

import (
	"context"
	"fmt"
	"net"
	"time"
)

// Listening looks, again and again, until somebody listens at the TCP address, HOST:PORT,
// but no longer than most, and no longer than the process lives.
func (p *Process) Listening(ctx context.Context, address string, again, most time.Duration) error {
	for deadline := time.Now().Add(most); time.Now().Before(deadline); {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.done:
			return fmt.Errorf("it has ended: %v", p.err)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(again):
		}
	}
	return fmt.Errorf("nobody listens at %s after %v", address, most)
}

// FreePort finds a port of the loopback address on which nobody listens.
func FreePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
