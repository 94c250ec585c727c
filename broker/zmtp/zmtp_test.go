package zmtp_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"bcp/broker/zmq"
	"bcp/broker/zmtp"
	"bcp/scripts/mutants"
)

// TestRouter talks to libzmq itself: what it makes of our bytes, and we of its.
func TestRouter(t *testing.T) {
	router, conn := connect(t)
	for _, frames := range [][][]byte{
		{[]byte("one")},
		{[]byte("head"), {}, bytes.Repeat([]byte("x"), 255)},
		{bytes.Repeat([]byte("y"), 256), bytes.Repeat([]byte("z"), 100_000)},
	} {
		write(t, conn, zmtp.Append(nil, frames))
		got := receive(t, router)
		if !equal(got[1:], frames) {
			t.Fatalf("the router got %d frames, not the %d that were sent", len(got)-1, len(frames))
		}
		if err := router.Send(string(got[0]), got[1:]); err != nil {
			t.Fatal(err)
		}
		if back := read(t, conn); !equal(back, frames) {
			t.Fatalf("%d frames came back, not the %d that were sent", len(back), len(frames))
		}
	}
}

// TestPieces cuts messages off bytes that come one at a time.
func TestPieces(t *testing.T) {
	want := [][]byte{[]byte("a"), bytes.Repeat([]byte("b"), 300)}
	stream := zmtp.Append(zmtp.Append(nil, want), want)
	var received []byte
	count := 0
	for _, b := range stream {
		received = append(received, b)
		got, _, n, err := zmtp.Next(received, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			continue
		}
		if !equal(got, want) {
			t.Fatalf("message %d has %d frames, want %d", count+1, len(got), len(want))
		}
		received = received[n:]
		count++
	}
	if count != 2 || len(received) != 0 {
		t.Fatalf("%d messages and %d bytes, want 2 and 0", count, len(received))
	}
}

func TestPing(t *testing.T) {
	_, command, n, err := zmtp.Next([]byte("\x04\x09\x04PING\x00\x01xy"), nil)
	if err != nil || n != 11 {
		t.Fatalf("used %d bytes, error %v; want 11 and none", n, err)
	}
	if got := zmtp.AppendPong(nil, command); string(got) != "\x04\x07\x04PONGxy" {
		t.Errorf("answer to PING: %q", got)
	}
	long := append(command, strings.Repeat("z", 100)...)
	if got := zmtp.AppendPong(nil, long); string(got) != "\x04\x15\x04PONGxy"+strings.Repeat("z", 14) {
		t.Errorf("answer to a PING of too long a context: %q", got)
	}
	if got := zmtp.AppendPong(nil, []byte("\x05ERROR")); got != nil {
		t.Errorf("answer to another command: %q", got)
	}
}

func TestBadFrame(t *testing.T) {
	for _, b := range []string{"\x80\x00", "\x05\x00", "\x02\xff\xff\xff\xff\xff\xff\xff\xff"} {
		if _, _, _, err := zmtp.Next([]byte(b), nil); !errors.Is(err, zmtp.ErrFrame) {
			t.Errorf("%q: error %v, want ErrFrame", b, err)
		}
	}
}

// scripted is a connection to a peer that says what it says, whatever it hears.
type scripted struct {
	io.Reader
	io.Writer
}

// greeting is what a peer of some version says first.
func greeting(major byte) string {
	g := zmtp.Greeting()
	g[10] = major
	return string(g)
}

func TestHandshake(t *testing.T) {
	ready := "\x04\x06\x05READY"
	long := "\x06\x00\x00\x00\x00\x00\x00\x03\xee\x05READY" + strings.Repeat("x", 1000)
	for name, c := range map[string]struct {
		says, refused string // what is in the error; none if it is empty
	}{
		"3":                  {greeting(3) + ready, ""},
		"a later one":        {greeting(4) + ready, ""},
		"many properties":    {greeting(3) + long, ""},
		"2":                  {greeting(2) + ready, "ZMTP 3"},
		"HTTP":               {strings.Repeat("HTTP/1.1 400 Bad Request\r\n", 4), "ZMTP 3"},
		"ERROR":              {greeting(3) + "\x04\x0d\x05ERROR\x06not me", "not me"},
		"a message":          {greeting(3) + "\x00\x06\x05READY", "ZMTP 3"},
		"too many":           {greeting(3) + "\x06\x00\x00\x00\x00\x3f\x00\x00\x00\x05READY", "ZMTP 3"},
		"gone in the middle": {greeting(3) + "\x06\x00\x00", "read READY"},
	} {
		err := zmtp.Handshake(scripted{strings.NewReader(c.says), io.Discard}, "")
		if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.refused)
		}
	}
}

func connect(t *testing.T) (*zmq.Router, net.Conn) {
	t.Helper()
	router, err := zmq.Listen([]string{"tcp://127.0.0.1:*"}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = router.Close() })
	conn, err := net.Dial("tcp", strings.TrimPrefix(router.Endpoints()[0], "tcp://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := zmtp.Handshake(conn, ""); err != nil {
		t.Fatal(err)
	}
	return router, conn
}

func write(t *testing.T, conn net.Conn, b []byte) {
	t.Helper()
	if _, err := conn.Write(b); err != nil {
		t.Fatal(err)
	}
}

// receive waits for the router's next message, led by its route.
func receive(t *testing.T, router *zmq.Router) [][]byte {
	t.Helper()
	for deadline := time.After(10 * time.Second); ; {
		select {
		case <-router.Readable():
		case <-deadline:
			t.Fatal("the router got nothing")
		}
		route, frames, err := router.Recv(nil)
		if err == nil {
			return slices.Insert(frames, 0, []byte(route))
		}
		if !errors.Is(err, zmq.ErrEmpty) {
			t.Fatal(err)
		}
	}
}

// read waits for the connection's next message.
func read(t *testing.T, conn net.Conn) [][]byte {
	t.Helper()
	var received []byte
	buffer := make([]byte, 4096)
	for {
		frames, _, n, err := zmtp.Next(received, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return frames
		}
		if n, err = conn.Read(buffer); err != nil {
			t.Fatal(err)
		}
		received = append(received, buffer[:n]...)
	}
}

func equal(a, b [][]byte) bool { return slices.EqualFunc(a, b, bytes.Equal) }

// FuzzNext sees that whatever arrives is cut within its bounds.
func FuzzNext(f *testing.F) {
	seeds := mutants.Texts("\x04\x09\x04PING\x00\x01xy", "\x02\xff\xff\xff\xff\xff\xff\xff\xff")
	seeds = append(seeds, zmtp.Append(nil, [][]byte{[]byte("a"), bytes.Repeat([]byte("b"), 300)}))
	mutants.Fuzz(f, seeds, func(t testing.TB, received []byte) {
		frames, command, n, err := zmtp.Next(received, nil)
		if n < 0 || n > len(received) || err != nil && n > 0 {
			t.Fatalf("used %d of %d bytes, error %v", n, len(received), err)
		}
		if err == nil && n > 0 && command == nil {
			if again := zmtp.Append(nil, frames); len(again) > n {
				t.Errorf("%d bytes make %d frames, which make %d bytes", n, len(frames), len(again))
			}
		}
	})
}
