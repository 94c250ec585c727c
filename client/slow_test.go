package client_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"bcp/client"
	"bcp/worker"
)

// linePiece is what a slowLine carries between two words of the other side.
const linePiece = 16 << 10

// slowLine is a line to the broker on which large messages take their time: of what is
// more than a piece, the next one goes on when the other side has said something.
func slowLine(t *testing.T, b *testBroker) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			peer, err := l.Accept()
			if err != nil {
				return
			}
			broker, err := net.Dial("tcp", strings.TrimPrefix(b.address, "tcp://"))
			if err != nil {
				_ = peer.Close()
				continue
			}
			up, down := make(chan struct{}, 1), make(chan struct{}, 1)
			go carry(peer, broker, up, down)
			go carry(broker, peer, down, up)
		}
	}()
	return "tcp://" + l.Addr().String()
}

// carry carries one way until either end is closed. It tells of what it has read, and waits
// after a piece for what the other way has.
func carry(from, to net.Conn, read, other chan struct{}) {
	defer close(read)
	defer func() { _ = from.Close() }()
	defer func() { _ = to.Close() }()
	for piece := make([]byte, linePiece); ; {
		n, err := from.Read(piece)
		if err != nil {
			return
		}
		select {
		case read <- struct{}{}:
		default:
		}
		if n == len(piece) {
			<-other
		}
		if _, err := to.Write(piece[:n]); err != nil {
			return
		}
	}
}

// What takes longer than anybody may be silent arrives: a body at the broker and at the
// worker, and a result at the broker and at the client.
func TestSlowLine(t *testing.T) {
	const beat = 25 * time.Millisecond // of which anybody may be silent for 20
	b := startBeating(t, beat)
	body := bytes.Repeat([]byte("slow"), 40*linePiece/4)
	run(t, worker.Config{
		Broker: slowLine(t, b), Name: "w1", Services: []string{"echo"}, DrainTimeout: -1,
		Handler: func(_ context.Context, task *worker.Task) ([]byte, error) { return task.Body, nil },
	})
	c, err := client.Dial(within(t), slowLine(t, b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	h := submit(t, c, client.Task{Service: "echo", Body: body})
	result, err := h.Wait(within(t))
	if err != nil || !bytes.Equal(result.Body, body) {
		t.Errorf("%d of %d bytes, %v", len(result.Body), len(body), err)
	}
}
