// Package echo sends messages to a ROUTER that sends them back, by plain TCP sockets:
// what the same load generator gets through the least that a broker can be.
//
//	window of messages --zmtp--> ROUTER --zmtp--> the same connection, which sends the next
package echo

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"bcp/broker/zmtp"
	"bcp/scripts/benchmark/internal/inflow"
)

// headSize is the size of a message's first frame, in bytes: about that of the broker's.
const headSize = 40

// readBuffer is what one read takes in, as with the lean peers.
const readBuffer = 256 << 10

// Trip returns the times of round trips, one at a time, of messages with a body of
// so many bytes.
func Trip(address string, size int, d time.Duration) ([]time.Duration, error) {
	c, err := dial(address, size)
	if err != nil {
		return nil, err
	}
	defer c.tcp.Close()
	var took []time.Duration
	for end := time.Now().Add(d); time.Now().Before(end); {
		began := time.Now()
		if err := c.write(); err != nil {
			return nil, err
		}
		for got := 0; got == 0; {
			if got, err = c.read(); err != nil {
				return nil, err
			}
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// Load keeps a window of messages under way on each of the connections, and returns
// how many a second came back after warm.
func Load(address string, size, connections, window int, warm, d time.Duration) (float64, error) {
	var back atomic.Int64
	var all []*conn
	var running sync.WaitGroup
	failed := make(chan error, 2*connections)
	for range connections {
		c, err := dial(address, size)
		if err != nil {
			return 0, err
		}
		all = append(all, c)
		c.keep(window, &back, &running, failed)
	}
	time.Sleep(warm)
	before := back.Load()
	time.Sleep(d)
	after := back.Load()
	for _, c := range all {
		c.end()
	}
	running.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
		return float64(after-before) / d.Seconds(), nil
	}
}

type conn struct {
	tcp     net.Conn
	message []byte // as it is written
	buffer  []byte
	in      inflow.Inflow
	ended   atomic.Bool
}

func dial(address string, size int) (*conn, error) {
	tcp, err := zmtp.Dial(context.Background(), address)
	if err != nil {
		return nil, err
	}
	frames := [][]byte{make([]byte, headSize), make([]byte, size)}
	return &conn{tcp: tcp, message: zmtp.Append(nil, frames), buffer: make([]byte, readBuffer)}, nil
}

// keep starts two goroutines: one writes a message for each that may be under way.
func (c *conn) keep(window int, back *atomic.Int64, running *sync.WaitGroup, failed chan<- error) {
	free := make(chan struct{}, window)
	for range window {
		free <- struct{}{}
	}
	run := func(fn func() error) {
		running.Go(func() {
			if err := fn(); err != nil && !c.ended.Load() {
				failed <- err
			}
		})
	}
	run(func() error {
		for range free {
			if err := c.write(); err != nil {
				return err
			}
		}
		return nil
	})
	run(func() error {
		defer close(free)
		for {
			n, err := c.read()
			if err != nil {
				return err
			}
			back.Add(int64(n))
			for range n {
				free <- struct{}{}
			}
		}
	})
}

func (c *conn) end() {
	c.ended.Store(true)
	_ = c.tcp.Close()
}

func (c *conn) write() error {
	_, err := c.tcp.Write(c.message)
	return err
}

// read takes in what has arrived and returns how many messages it ended.
func (c *conn) read() (messages int, err error) {
	n, err := c.tcp.Read(c.buffer)
	if err != nil {
		return 0, fmt.Errorf("read: %w", err)
	}
	err = c.in.Take(c.buffer[:n], func(frames [][]byte, _ []byte) error {
		if len(frames) > 0 {
			messages++
		}
		return nil
	})
	return messages, err
}
