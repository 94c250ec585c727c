package zmq_test

import (
	"errors"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"bcp/broker/zmq"
)

// When bytes came over a connection is known of TCP alone.
func TestReceived(t *testing.T) {
	for _, c := range []struct {
		endpoint string
		known    bool
	}{{"tcp://127.0.0.1:*", true}, {"ipc://" + filepath.Join(t.TempDir(), "s"), false}} {
		router := listen(t, c.endpoint)
		for range 2 { // each has a place of its own
			_, route := greet(t, router)
			if bytes, _, ok := router.Received(route); ok != c.known || c.known != (bytes > 0) {
				t.Errorf("%s: %d bytes came, %t; known is %t", c.endpoint, bytes, ok, c.known)
			}
		}
		for _, nobody := range []string{"", "nobody", "\x00\x00\x00\x00\x00", "\x00\xff\xff\xff\xff"} {
			if bytes, _, ok := router.Received(nobody); ok {
				t.Errorf("%s: of %q %d bytes came", c.endpoint, nobody, bytes)
			}
		}
	}
}

// A large message is leaving until its peer has read so much that the kernel has the rest,
// or has gone; others are not told to be.
func TestSending(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	_, otherRoute := greet(t, router)
	for _, reads := range []bool{true, false} {
		dealer, route := lendMany(t, router)
		if !router.Sending(route) || router.Sending(otherRoute) {
			t.Errorf("large messages to one of two are leaving: %t, %t", router.Sending(route), router.Sending(otherRoute))
		}
		for n := 0; reads && n < lentCount; n++ {
			dealerRecv(t, dealer)
		}
		if !reads {
			dealer.Close()
		}
		untilSent(t, router, route)
	}
}

// untilSent has the router find out that a peer is gone, as its owner does all the time.
func untilSent(t *testing.T, router *zmq.Router, route string) {
	t.Helper()
	for deadline := time.Now().Add(patience); router.Sending(route); runtime.Gosched() {
		if _, _, err := router.Recv(nil); !errors.Is(err, zmq.ErrEmpty) {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatal("a message is leaving yet")
		}
	}
}
